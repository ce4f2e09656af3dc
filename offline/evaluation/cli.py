"""Commands of evaluation: `sparrow evaluate|leaderboard`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from sparrow.settings import Settings

if TYPE_CHECKING:
    from offline.runtime.step import RunContext

Protocol = Literal["random", "time", "last", "holdout", "cold"]

app = typer.Typer()


@app.command()
def evaluate(
    model: Annotated[
        str | None, typer.Option("--model", help="Name of a ranking model; by default the best.")
    ] = None,
    protocol: Annotated[
        Protocol | None,
        typer.Option("--protocol", help="Measure lists instead, by this split."),
    ] = None,
    folds: Annotated[
        int, typer.Option("--folds", min=0, help="Measure lists on this many folds by time.")
    ] = 0,
    bootstrap: Annotated[
        int, typer.Option("--bootstrap", min=0, help="Bootstrap rounds of the intervals.")
    ] = 200,
) -> None:
    """Print a model's test metrics on both splits, or the metrics of recommendation lists.

    Lists: the best baselines, the linear control, a ranker for each model of
    SPARROW_RANKING_MODELS and the home flow of a release, each with its difference to the control.

    Example: sparrow evaluate --protocol last
    """
    from offline.evaluation import report
    from offline.runtime.console_tables import print_full_table
    from offline.runtime.step import run_context

    settings, console = Settings(), Console()
    with run_context(settings, console) as context:
        if protocol or folds:
            table = report.lists(context, protocol, folds, bootstrap)
        else:
            table = report.likes(context, model or _best(context), bootstrap)
        print_full_table(console, table)


@app.command()
def leaderboard(
    models: Annotated[
        str, typer.Option("--models", help="Ranking models, comma-separated; all by default.")
    ] = "",
    protocols: Annotated[
        str, typer.Option("--protocols", help="Any of random, time, last, cold; comma-separated.")
    ] = "random,time,last,cold",
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="Training runs per model or ranker.")
    ] = 3,
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path(
        "docs/leaderboard.md"
    ),
    page_only: Annotated[
        bool, typer.Option("--page-only", help="Only write the page, from stored results.")
    ] = False,
) -> None:
    """Measure all models, baselines, rankers and lists and write the page; resumes a killed run.

    Example: sparrow leaderboard --models embedding_mlp,din --seeds 1
    """
    from offline.evaluation.leaderboard import measure as leaderboards
    from offline.runtime.step import run_context

    console = Console()
    config = leaderboards.LeaderboardConfig(
        models=_names(models), protocols=_names(protocols), seeds=seeds
    )
    with run_context(Settings(), console) as context:
        if not page_only:
            leaderboards.measure(context, config)
        leaderboards.write(context, config, out)
    console.print(f"The leaderboard is in {out}.")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _best(context: RunContext) -> str:
    """The model of SPARROW_RANKING_MODELS with the best lists; trains those that are missing."""
    from offline.runtime.step import execute
    from offline.training.plan import best_model, evaluation_steps, ranking_models

    for model in ranking_models(context.settings):
        for step in evaluation_steps(context.settings, model, "time"):
            execute(step, context)
    return best_model(context)
