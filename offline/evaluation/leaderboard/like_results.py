"""The leaderboard's tables of likes: baselines and every ranking model, over several seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from offline.evaluation.baselines.like_baselines import LIKE_BASELINES, LikeBaseline, SampleRows
from offline.evaluation.leaderboard.results import Result, ResultStore
from offline.metrics.bootstrap import MetricInterval, mean_over_seeds
from offline.metrics.like_predictions import LikePredictions, like_metrics
from offline.models.registry import ModelSpec
from offline.samples.sample_files import Samples
from offline.saved_model.scoring import score_rows
from offline.training.loop.trainer import MODEL, train


@dataclass(frozen=True)
class LikeTask:
    """The samples of one split, and how models are measured on their test part."""

    split: str
    samples: Path
    key: str  # fingerprint of the samples
    seeds: tuple[int, ...]
    rounds: int  # of the bootstrap


def like_baseline_results(task: LikeTask, results: ResultStore) -> Iterator[Result]:
    """A result per baseline, with intervals over users."""
    for name, baseline in LIKE_BASELINES.items():

        def measure(request: Result, baseline: LikeBaseline = baseline) -> Result:
            predictions = baseline(Samples.open(task.samples))
            keep_predictions(results, request, predictions)
            return replace(request, figures=like_metrics(predictions, task.seeds[0], task.rounds))

        request = Result(f"likes {task.split}", name, "baseline", key=results.key(samples=task.key))
        yield results.get_or_measure(request, measure)


def model_results(
    task: LikeTask,
    results: ResultStore,
    specs: Mapping[str, ModelSpec],
    code: str,
    group: str = "model",
) -> Iterator[Result]:
    """A result per model: means over the seeds, each trained anew on the same samples.

    `code` is the fingerprint of what trains. Raises DataError for unusable samples.
    """
    for name, spec in specs.items():

        def measure(request: Result, spec: ModelSpec = spec) -> Result:
            found = [_of_seed(task, results, request, spec, seed) for seed in task.seeds]
            return replace(request, figures=over_seeds(found))

        key = results.key(samples=task.key, code=code, seeds=task.seeds, config=spec.config)
        yield results.get_or_measure(Result(f"likes {task.split}", name, group, key=key), measure)


def over_seeds(found: list[dict[str, MetricInterval]]) -> dict[str, MetricInterval]:
    """Means over seeds with Student's interval; of one seed alone, its own figures."""
    if len(found) == 1:
        return found[0]
    return {name: mean_over_seeds([each[name].value for each in found]) for name in found[0]}


def keep_predictions(results: ResultStore, result: Result, predictions: LikePredictions) -> None:
    """Keep labels and scores beside the result, for its curves."""
    file = results.arrays_file(result)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        file,
        label=predictions.label.astype(np.int8),
        score=predictions.score.astype(np.float32),
    )


def _of_seed(
    task: LikeTask, results: ResultStore, request: Result, spec: ModelSpec, seed: int
) -> dict[str, MetricInterval]:
    """The figures of one training run, kept as a result of its own."""

    def measure(run: Result) -> Result:
        folder = results.root / "trained" / f"{request.name}-{task.split}"
        train(task.samples, spec, replace(spec.config, seed=seed), folder)
        opened = Samples.open(task.samples)
        score = np.concatenate(list(score_rows(folder / MODEL, opened.batches("test"))))
        predictions = SampleRows.of(opened, "test").predicted(score)
        if seed == task.seeds[0]:
            keep_predictions(results, request, predictions)
        rounds = task.rounds if len(task.seeds) == 1 else 0
        return replace(run, figures=like_metrics(predictions, seed, rounds))

    runs = ResultStore(results.root / "runs", results.facts)
    key = runs.key(of=request.key, seed=seed)
    return runs.get_or_measure(
        Result(request.table, f"{request.name}, seed {seed}", "run", key=key), measure
    ).figures
