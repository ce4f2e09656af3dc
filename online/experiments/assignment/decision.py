"""What experiments make of a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace

from online.experiments.assignment.assignment import seed_of, takes_part, variant_of
from online.experiments.assignment.experiment import Experiment, Method, Variant
from online.types import Query
from sparrow.errors import InvalidRequestError
from sparrow.units import DAY

_DEFAULTS = {f.name: f.default for f in fields(Query)}


@dataclass(frozen=True)
class ExperimentDecision:
    """A query as the variants that its user is in have changed it."""

    query: Query
    variants: Mapping[str, str] = field(default_factory=dict)  # experiment → variant
    exposed: bool = False  # whether it counts: somebody with an id asked, and nothing was forced
    alternative_query: Query | None = None  # asks for the other ranking of an interleaved list
    interleaved_experiment: Experiment | None = None  # whose list that is

    @property
    def queries(self) -> tuple[Query, ...]:
        """One for each ranking of the list."""
        return (
            (self.query,)
            if self.alternative_query is None
            else (self.query, self.alternative_query)
        )

    def seed(self, at: int) -> int:
        """What an interleaved list is drawn with; `at` is its moment, in seconds since 1970."""
        assert self.interleaved_experiment is not None  # noqa: S101 - there are two rankings
        assert self.query.user_id is not None  # noqa: S101 - `choose` sees to it
        return seed_of(self.interleaved_experiment, self.query.user_id, at // DAY)


@dataclass(frozen=True)
class AvailableTargets:
    """The names that the release knows."""

    models: frozenset[str]
    flows: frozenset[str]

    def __contains__(self, variant: Variant) -> bool:
        wanted = variant.parameters
        return (wanted.model is None or wanted.model in self.models) and (
            wanted.flow is None or wanted.flow in self.flows
        )


def choose(
    experiments: Mapping[str, Experiment], query: Query, valid: AvailableTargets, now: float
) -> ExperimentDecision:
    """Puts a query into the experiments that it is in.

    What the query itself asks for stays: an experiment that varies it leaves the list alone in
    every variant, or those who ask would be missing from some of them. So does one whose models or
    flows the release does not have. `now` is in seconds since 1970.

    Raises InvalidRequestError when the query forces a variant that there is not.
    """
    forced = dict(_forced(experiments, query))
    active = [e for e in experiments.values() if e.active(now) and e.name not in forced]
    concerned = [e for e in active if _applies_to(e, query, valid)]
    chosen = {
        e.name: variant_of(e, query.user_id)
        for e in concerned
        if e.method is Method.SPLIT and query.user_id is not None
    } | forced
    choice = ExperimentDecision(
        query=_changed(query, chosen.values()),
        variants={name: variant.name for name, variant in chosen.items()},
        exposed=query.user_id is not None and not forced,
    )
    interleaved_experiment = next((e for e in concerned if e.method is Method.INTERLEAVED), None)
    return (
        choice if interleaved_experiment is None else _interleaved(choice, interleaved_experiment)
    )


def _interleaved(choice: ExperimentDecision, experiment: Experiment) -> ExperimentDecision:
    """Two queries instead of one; experiments of other layers have changed both."""
    query = choice.query
    if query.user_id is None:
        return choice
    first, second = (_changed(query, [variant]) for variant in experiment.variants)
    (label,) = experiment.labels
    return replace(
        choice,
        query=first,
        alternative_query=second,
        variants={**choice.variants, experiment.name: label},
        interleaved_experiment=experiment,
    )


def _changed(query: Query, variants: Iterable[Variant]) -> Query:
    changes: dict[str, object] = {}
    for variant in variants:
        changes |= variant.parameters.given
    return replace(query, **changes) if changes else query  # type: ignore[arg-type]


def _applies_to(experiment: Experiment, query: Query, valid: AvailableTargets) -> bool:
    """Whether the user takes part, and nothing that the query or the release says is against."""
    return (
        query.user_id is not None
        and experiment.on == query.flow
        and takes_part(experiment, query.user_id)
        and not _is_set_by_query(query, experiment)
        and all(variant in valid for variant in experiment.variants)
    )


def _is_set_by_query(query: Query, experiment: Experiment) -> bool:
    """Whether the query itself says what the experiment would."""
    return any(
        getattr(query, name) != _DEFAULTS[name]
        for name in experiment.varied
        if name != "flow"  # which is what the experiment is on
    )


def _forced(experiments: Mapping[str, Experiment], query: Query) -> Iterator[tuple[str, Variant]]:
    for name, wanted in query.variants:
        if name not in experiments:
            raise InvalidRequestError("variant", f"Expected one of {_names(experiments)}:VARIANT.")
        variant = experiments[name].variant(wanted)
        if variant is None:
            valid = ", ".join(f"{name}:{v.name}" for v in experiments[name].variants)
            raise InvalidRequestError("variant", f"Expected one of {valid}, got {name}:{wanted}.")
        yield name, variant


def _names(experiments: Mapping[str, Experiment]) -> str:
    return ", ".join(experiments) or "no experiment, as there is none"
