"""The leaderboard: every model, baseline, ranker, flow and channel, measured alike, on one page."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
from rich.console import Console

from offline.evaluation.leaderboard import plots
from offline.evaluation.leaderboard.end_to_end import EndToEndRun
from offline.evaluation.leaderboard.like_results import (
    LikeTask,
    like_baseline_results,
    model_results,
)
from offline.evaluation.leaderboard.list_results import (
    baseline_results,
    differences,
    end_to_end_results,
)
from offline.evaluation.leaderboard.page import PageHeader, page
from offline.evaluation.leaderboard.ranker_results import (
    GATED,
    RankerTask,
    ablations,
    control,
    ranker,
    ranker_results,
)
from offline.evaluation.leaderboard.results import Result, ResultStore
from offline.evaluation.tasks.evaluation_task import (
    Bootstrap,
    EvaluationData,
    EvaluationTask,
    make_task,
)
from offline.evaluation.tasks.protocols import ProtocolConfig, sample_of_users
from offline.features import step as features
from offline.models.registry import MODELS, ModelSpec, model_spec
from offline.runtime.code_fingerprint import code_fingerprint
from offline.runtime.step import RunContext, execute
from offline.samples import step as samples
from offline.samples.splits import Split
from sparrow.settings import Settings
from sparrow.system.files import atomic_write, content_fingerprint

MAX_RATINGS = 2_000_000  # beyond it a sample of whole users is measured
CURVES = 6  # names in one picture
FOLDER = "leaderboard"  # of the kept results, in the data set's work folder
ABLATED = "embedding_mlp"  # the model that is trained with and without sampled negatives


@dataclass(frozen=True)
class LeaderboardConfig:
    """What is measured."""

    models: tuple[str, ...] = ()  # names; none means all of the registry
    splits: tuple[Split, ...] = ("time", "random")  # of likes
    protocols: tuple[str, ...] = ("random", "time", "last", "cold")  # of lists
    seeds: int = 3
    rounds: int = 1_000  # of the bootstrap of lists
    like_rounds: int = 200  # of the bootstrap of likes, where each round sorts every row


def measure(context: RunContext, config: LeaderboardConfig) -> ResultStore:
    """Measures what is not measured yet, printing each row, and returns the folder of results.

    Raises ConfigurationError for an unknown model or protocol, DataError when a step fails.
    """
    results = results_of(context, config)
    for result in itertools.chain(
        _likes(context, config, results), _lists(context, config, results)
    ):
        _print_result(context.console, result)
    return results


def results_of(context: RunContext, config: LeaderboardConfig) -> ResultStore:
    """The results kept for the data set in use."""
    return ResultStore(context.settings.work_dir / FOLDER, _facts(context, config))


def write(context: RunContext, config: LeaderboardConfig, out: Path) -> None:
    """Writes the page of all kept results to `out`, its pictures into a folder of its name."""
    results = results_of(context, config)
    kept = results.all()
    folder = out.with_suffix("")
    files = [*_curves(results, kept, folder), *_bars(kept, folder)]
    dataset = context.dataset()
    header = PageHeader(
        dataset["name"],
        dataset["source"],
        dataset["counts"],
        _seeds(context, config),
        config.rounds,
        context.settings.like_threshold,
    )
    pictures = [str(file.relative_to(out.parent)) for file in files]
    bootstrap = Bootstrap(context.settings.seed, config.rounds)
    against = {
        row.table: differences(results, [r for r in kept if r.table == row.table], row, bootstrap)
        for row in kept
        if row.group == "control"
    }
    atomic_write(out, page(header, kept, pictures, against).encode())


def _facts(context: RunContext, config: LeaderboardConfig) -> dict[str, object]:
    """What decides every result: the data, the seed, and how it is measured."""
    return {
        "dataset": context.dataset()["fingerprint"],
        "seed": context.settings.seed,
        "like_threshold": context.settings.like_threshold,
        "rounds": (config.rounds, config.like_rounds),
        "code": code_fingerprint("offline.evaluation.leaderboard.list_results"),
    }


def _seeds(context: RunContext, config: LeaderboardConfig) -> tuple[int, ...]:
    return tuple(range(context.settings.seed, context.settings.seed + config.seeds))


def _likes(
    context: RunContext, config: LeaderboardConfig, results: ResultStore
) -> Iterator[Result]:
    names = config.models or tuple(MODELS)
    specs = {name: model_spec(name) for name in names}
    for split in config.splits:
        execute(features.step(context.settings), context)
        folder = execute(samples.step(context.settings, split), context)
        task = LikeTask(
            split, folder, _content(folder), _seeds(context, config), config.like_rounds
        )
        yield from like_baseline_results(task, results)
        yield from model_results(task, results, specs, _training_code())
        if ABLATED in specs:
            both = _with_and_without_negatives(specs[ABLATED])
            yield from model_results(task, results, both, _training_code(), "ablation")


def _with_and_without_negatives(spec: ModelSpec) -> dict[str, ModelSpec]:
    return {
        f"{ABLATED}, {words} sampled negatives": replace(
            spec, config=replace(spec.config, negative_weight=weight)
        )
        for words, weight in (("with", 1.0), ("without", 0.0))
    }


def _lists(
    context: RunContext, config: LeaderboardConfig, results: ResultStore
) -> Iterator[Result]:
    settings, catalogue = context.settings, catalogue_of(context)
    split = ProtocolConfig(settings.like_threshold, settings.seed)
    models = dict.fromkeys([GATED, *(config.models or MODELS)])
    rankers = [control(), *ablations(), *map(ranker, models)]
    for name in config.protocols:
        task = make_task(name, catalogue, split, Bootstrap(split.seed, config.rounds))
        yield from baseline_results(task, results, split)
        ranked = RankerTask(task, catalogue.movies, split.like_threshold, _seeds(context, config))
        yield from ranker_results(ranked, results, rankers, ranking_code())
        product, code = end_to_end_run(context, task), serving_code(settings)
        yield from end_to_end_results(task, results, catalogue.movies, product, code)


def end_to_end_run(context: RunContext, task: EvaluationTask) -> EndToEndRun:
    """The product that is trained on the training part of a task, in a folder of its own."""
    return EndToEndRun(
        context.settings.work_dir / FOLDER / f"product-{task.name.replace(' ', '-')}"
    )


def catalogue_of(context: RunContext) -> EvaluationData:
    """The movies and ratings in use; of very many ratings, those of a sample of users."""
    movies, ratings = (
        ds.dataset(context.tables.path(table)).to_table().to_pandas()
        for table in ("movies", "ratings")
    )
    return EvaluationData(movies, sample_of_users(ratings, MAX_RATINGS, context.settings.seed))


def _content(folder: Path) -> str:
    return content_fingerprint(p for p in sorted(folder.iterdir()) if p.name != "step.json")


def _training_code() -> str:
    return code_fingerprint("offline.training.step", "offline.evaluation.leaderboard.like_results")


def ranking_code() -> str:
    """Fingerprint of everything that makes the rankers' lists."""
    return code_fingerprint("offline.evaluation.leaderboard.ranker_results")


def serving_code(settings: Settings) -> str:
    """Fingerprint of everything that makes lists; what only measures them does not count.

    Besides the code these are the settings of what a release has.
    """
    # read as files: batch imports nothing of serving
    code = code_fingerprint("offline.pipeline", "offline.release.publish", "online.cli")
    return f"{code} {settings.ranking_models} {settings.embeddings}"


def _print_result(console: Console, result: Result) -> None:
    name, figure = next(iter(result.figures.items()))
    console.print(f"[green]✓[/] {result.table}: {result.name} [dim]{name} {figure}[/]")


def _curves(results: ResultStore, kept: list[Result], folder: Path) -> Iterator[Path]:
    """ROC, precision and calibration of the best few models and of the best baseline."""
    for table in ("likes time", "likes random"):
        rows = [r for r in kept if r.table == table and results.arrays_file(r).exists()]
        ordered = sorted(rows, key=lambda r: -r.figures["auc"].value)
        simple = [r for r in ordered if r.group == "baseline"][:1]
        chosen = [r for r in ordered if r.group != "baseline"][: CURVES - len(simple)] + simple
        if chosen:
            curves = {r.name: _labels_and_scores(results.arrays_file(r)) for r in chosen}
            for draw, word in (
                (plots.roc, "roc"),
                (plots.precision_recall, "pr"),
                (plots.calibration, "calibration"),
            ):
                file = folder / f"{table.replace(' ', '-')}-{word}.svg"
                draw(curves, file)
                yield file


def _labels_and_scores(file: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(file) as kept:
        return kept["label"], kept["score"]


def _bars(kept: list[Result], folder: Path) -> Iterator[Path]:
    for name in ("random", "time", "last"):
        rows = [r for r in kept if r.table == f"lists {name}"]
        if rows:
            file = folder / f"lists-{name}.svg"
            plots.bars(rows, "ndcg@10", f"NDCG@10, {name}", file)
            yield file
