"""The leaderboard's rows of the ranking stage: rankers that order the same candidates.

A linear control, with one weight for each signal, is kept beside the ranker, the ranker without one
of its parts, and every model of the zoo as the ranker's network. They are trained and
measured in this process; the home flow's row shows the lists of a release with such a ranker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Literal

import keras
import numpy as np
import pandas as pd

from offline.evaluation.leaderboard.end_to_end import LENGTH
from offline.evaluation.leaderboard.list_results import keep_values, values_of, with_metrics
from offline.evaluation.leaderboard.ranker_inputs import (
    RankerInputs,
    catalogue_genres,
    ranker_inputs,
)
from offline.evaluation.leaderboard.results import Result, ResultStore
from offline.evaluation.tasks.evaluation_task import EvaluationTask
from offline.metrics.bootstrap import point_estimate
from offline.models.registry import model_spec
from offline.ranker.list_model import EXPERTS
from offline.ranker.list_trainer import Fold, scores_of, train_gate, train_network
from offline.ranker.lists.fit_signals import SignalConfig
from offline.ranker.lists.queries import QueryLimits
from offline.ranker.lists.ranking_lists import RankingLists
from offline.ranker.lists.step import LIMITS

GATED, BY_FEATURES = "gated", "embedding_mlp"
CONTROL, WHOLE = "linear control", "gated ranker"

HiddenInput = Literal["", "context", "signals"]
"""What a ranker does not see of its lists."""


@dataclass(frozen=True)
class RankerVariant:
    """A ranker that is a row of the leaderboard."""

    name: str
    group: str  # "control", "ablation" or "ranker"
    network: str = ""  # the model of the zoo on top of the gate; none: the gate alone
    experts: int = EXPERTS
    without: HiddenInput = ""


def control() -> RankerVariant:
    """One weight for each signal's value and rank, whatever the context."""
    return RankerVariant(CONTROL, "control", experts=1)


def ablations() -> list[RankerVariant]:
    """The ranker without one of its parts; what signals and candidates there are is the same.

    Without signals the gated ranker would see nothing of a candidate, so there a network stands
    that sees the features of user and movie.
    """
    return [
        RankerVariant(f"{WHOLE}, without its deep part", "ablation"),
        RankerVariant(f"{WHOLE}, without context", "ablation", GATED, without="context"),
        replace(
            ranker(BY_FEATURES),
            name=f"{BY_FEATURES} as ranker, without signals",
            group="ablation",
            without="signals",
        ),
    ]


def ranker(model: str) -> RankerVariant:
    """A model of the zoo as the network of the ranker."""
    return RankerVariant(WHOLE if model == GATED else f"{model} as ranker", "ranker", model)


@dataclass(frozen=True)
class RankerTask:
    """The task that rankers are measured on, and the seeds of their training runs."""

    task: EvaluationTask
    movies: pd.DataFrame  # columns of `sparrow.dataset.tables.MOVIES`
    like_threshold: float  # stars
    seeds: tuple[int, ...]  # of everything that is fitted, lists of the past included
    limits: QueryLimits = LIMITS


def ranker_results(
    ranker_task: RankerTask, results: ResultStore, variants: Sequence[RankerVariant], code: str
) -> Iterator[Result]:
    """A result per variant, over all seeds; see `Bootstrap.mean` for the intervals.

    `code` is the fingerprint of the code that makes such lists.
    """
    runs = ResultStore(results.root / "runs", results.facts)
    made: dict[str, list[Result]] = {variant.name: [] for variant in variants}
    for seed in ranker_task.seeds:  # outermost: the lists of one seed alone are in memory
        trainer = _RankerTrainer(ranker_task, seed)
        for variant in variants:
            made[variant.name].append(_run(trainer, runs, variant, code))
    for variant in variants:
        key = results.key(of=[run.key for run in made[variant.name]])
        request = Result(f"lists {ranker_task.task.name}", variant.name, variant.group, key=key)

        def measure(request: Result, variant: RankerVariant = variant) -> Result:
            return _over_seeds(ranker_task.task, results, request, (runs, made[variant.name]))

        yield results.get_or_measure(request, measure)


def _run(trainer: _RankerTrainer, runs: ResultStore, variant: RankerVariant, code: str) -> Result:
    """The result of one seed, kept as a result of its own."""
    ranker_task, seed = trainer.ranker_task, trainer.seed
    key = runs.key(
        code=code, variant=asdict(variant), seed=seed, limits=asdict(ranker_task.limits),
        configs=[asdict(model_spec(name).config) for name in (GATED, variant.network) if name],
    )  # fmt: skip
    name = f"{variant.name}, seed {seed}"
    request = Result(f"lists {ranker_task.task.name}", name, "run", key=key)
    return runs.get_or_measure(
        request, lambda run: with_metrics(runs, run, ranker_task.task, trainer.lists(variant))
    )


def _over_seeds(
    task: EvaluationTask,
    results: ResultStore,
    request: Result,
    kept: tuple[ResultStore, Sequence[Result]],
) -> Result:
    """The means of all runs; `kept`: where the runs are, and which."""
    runs, made = kept
    of_runs = [values_of(runs, run) for run in made]
    values = {name: np.stack([each[name] for each in of_runs]) for name in of_runs[0]}
    keep_values(results, request, values)
    means = {name: task.bootstrap.mean(each) for name, each in values.items()}
    qualities = {
        name: point_estimate(float(np.mean([run.figures[name].value for run in made])))
        for name in made[0].figures
        if name not in means
    }
    return replace(request, figures=means | qualities)


@dataclass(frozen=True)
class _RankerTrainer:
    """Trains variants of one seed on the same lists and lets them order the same candidates."""

    ranker_task: RankerTask
    seed: int
    gates: dict[tuple[int, HiddenInput], keras.Model] = field(default_factory=dict)

    @cached_property
    def inputs(self) -> RankerInputs:
        """Made when the first variant is trained: what is measured already needs none."""
        genres = catalogue_genres(self.ranker_task.movies)
        config = SignalConfig(self.seed, self.ranker_task.like_threshold, genres)
        return ranker_inputs(
            self.ranker_task.task, self.ranker_task.movies, config, self.ranker_task.limits
        )

    def lists(self, variant: RankerVariant) -> pd.DataFrame:
        """The variant's lists for the users of the test part: user_id, movie_id, rank."""
        model = self._gate(variant.experts, variant.without)
        if variant.network:
            model = self._network(variant, model.get_layer("gate").get_weights())
        test = hide_inputs(self.inputs.test, variant.without)
        everything, nothing = np.arange(len(test.lists)), np.arange(0)
        scores = scores_of(model, Fold(test, train=nothing, held_out=everything))
        return ordered(self.inputs, scores)

    def _gate(self, experts: int, without: HiddenInput) -> keras.Model:
        key = experts, without
        if key not in self.gates:
            config = replace(model_spec(GATED).config, seed=self.seed)
            fold = self._fold(without)
            self.gates[key] = train_gate(fold, self.inputs.samples, config, experts)
        return self.gates[key]

    def _network(self, variant: RankerVariant, gate: list[np.ndarray]) -> keras.Model:
        spec = model_spec(variant.network)
        config = replace(spec.config, seed=self.seed)
        fold = self._fold(variant.without)
        return train_network(fold, self.inputs.samples, spec.build, config, gate)

    def _fold(self, without: HiddenInput) -> Fold:
        return Fold.whole(hide_inputs(self.inputs.training, without))


def hide_inputs(ranking: RankingLists, without: HiddenInput) -> RankingLists:
    """The same lists with zeros for what is not to be seen."""
    lists = ranking.lists
    if without == "context":
        lists = replace(lists, context=np.zeros_like(lists.context))
    if without == "signals":
        zeros = np.broadcast_to(np.zeros((), lists.signals.dtype), lists.signals.shape)
        lists = replace(lists, signals=zeros)
    return replace(ranking, lists=lists)


def ordered(inputs: RankerInputs, scores: np.ndarray) -> pd.DataFrame:
    """The test lists' best `LENGTH` candidates by `scores` (candidates,); ties by movie id."""
    lists, found = inputs.test.lists, []
    for number, user_id in enumerate(inputs.user_ids):
        own = slice(lists.start[number], lists.start[number + 1])
        best = np.argsort(-scores[own], kind="stable")[:LENGTH]
        movies = inputs.movie_ids[lists.item_index[own][best]]
        ranks = np.arange(1, len(best) + 1)
        found.append(pd.DataFrame({"user_id": user_id, "movie_id": movies, "rank": ranks}))
    return pd.concat(found, ignore_index=True)
