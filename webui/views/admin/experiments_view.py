"""Experiments with what came of them, and a draft of a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from pydantic import ValidationError

from online.admin.admin_service import AdminService
from online.admin.types import ExperimentSummary
from online.experiments.assignment.experiment import (
    Experiment,
    ExperimentDefinition,
    Method,
    Variant,
)
from online.experiments.assignment.experiment import Parameters as VariantParameters
from online.experiments.experiment_report import ExperimentReport
from online.experiments.statistics.results import MetricEstimate, VariantResult
from sparrow.errors import InvalidRequestError

METRICS: Mapping[str, tuple[str, str]] = {
    "click_through_rate": ("Clicks per film shown", "rate"),
    "rating_rate": ("Ratings per film shown", "rate"),
    "mean_rating": ("Average of these ratings", "stars"),
    "watchlist_adds": ("Watchlist adds per user", "number"),
}
"""What is compared: its words and the kind of its numbers."""


@dataclass(frozen=True)
class VariantForm:
    """What one variant of a draft sets; None leaves it as it is."""

    flow: str | None = None
    model: str | None = None
    diversity: float | None = None
    popularity: float | None = None
    freshness: float | None = None


@dataclass(frozen=True)
class ExperimentForm:
    """An experiment of two equal variants, as a form describes it."""

    name: str
    layer: str
    on: str
    method: Method
    share: float  # of all users
    control: VariantForm
    variant: VariantForm

    def definition(self) -> ExperimentDefinition:
        """The experiment; InvalidRequestError for what it may not be."""
        try:
            variants = tuple(
                Variant(name=name, share=0.5, parameters=VariantParameters(**asdict(arm)))
                for name, arm in (("control", self.control), ("variant", self.variant))
            )
            return ExperimentDefinition(
                name=self.name,
                layer=self.layer,
                on=self.on,
                method=self.method,
                share=self.share,
                variants=variants,
            )
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise InvalidRequestError(".".join(map(str, first["loc"])), first["msg"]) from error


@dataclass(frozen=True)
class VariantRow:
    """A variant and what came of it."""

    name: str
    share: float
    sets: tuple[tuple[str, object], ...]
    users: int
    lists: int
    figures: tuple[MetricEstimate, ...]  # in the order of METRICS; empty without results


@dataclass(frozen=True)
class ExperimentCard:
    """One experiment."""

    experiment: Experiment
    report: ExperimentReport | None
    variants: tuple[VariantRow, ...]
    results: tuple[VariantResult, ...]  # of all but the control


@dataclass(frozen=True)
class ExperimentsPage:
    """The page."""

    cards: tuple[ExperimentCard, ...]
    flows: tuple[str, ...]
    plain: tuple[str, ...]  # flows that need nothing but a user
    models: tuple[str, ...]
    metrics: Mapping[str, tuple[str, str]]


async def experiments(office: AdminService) -> ExperimentsPage:
    """The page of all experiments."""
    choices = await office.comparables()
    cards = tuple(_card(trial) for trial in await office.trials())
    return ExperimentsPage(cards, choices.flows, choices.plain, choices.models, METRICS)


def _card(trial: ExperimentSummary) -> ExperimentCard:
    report = trial.report
    counts = {} if report is None else {each.variant: each for each in report.counts}
    found = () if report is None or report.results is None else report.results.variants
    figures = {each.name: each.figures for each in found}
    variants = tuple(
        VariantRow(
            variant.name,
            variant.share,
            tuple(variant.parameters.given.items()),
            counts[variant.name].users if variant.name in counts else 0,
            counts[variant.name].exposures if variant.name in counts else 0,
            figures.get(variant.name, ()),
        )
        for variant in trial.experiment.variants
    )
    return ExperimentCard(trial.experiment, report, variants, found[1:])
