"""Commands of the offline house: `sparrow data|features|…|publish|pipeline|score`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from offline.data.cli import app as data_app
from offline.training.cli import app as training_app
from sparrow.settings import Settings

if TYPE_CHECKING:
    from offline.runtime.step import RunContext, Step

Split = Literal["time", "random"]
Protocol = Literal["random", "time", "last", "holdout", "cold"]

app = typer.Typer()
app.add_typer(data_app, name="data")
app.add_typer(training_app)

_SPLIT = typer.Option("--split", help="`time`, or `random` for comparison with published figures.")
_MODEL = typer.Option("--model", help="Name of a ranking model; the one whose lists are best.")


def _execute(settings: Settings, *wanted: Step) -> None:
    from offline.runtime.step import execute, run_context

    with run_context(settings, Console()) as context:
        for step in wanted:
            execute(step, context)


@app.command()
def features() -> None:
    """Compute the feature rows of users and movies as of the last event.

    Example: SPARROW_DATASET=ml-1m sparrow features
    """
    from offline.features import step as house

    settings = Settings()
    _execute(settings, house.step(settings))


@app.command()
def samples(split: Annotated[Split, _SPLIT] = "time") -> None:
    """Make point-in-time training samples.

    Example: sparrow samples --split random
    """
    from offline.samples import step as house

    settings = Settings()
    _execute(settings, house.step(settings, split))


@app.command()
def embeddings() -> None:
    """Compute the vectors of SPARROW_EMBEDDINGS and the similarities of movies.

    Example: SPARROW_EMBEDDINGS=item2vec,als,node2vec sparrow embeddings
    """
    from offline.embeddings import step as house

    settings = Settings()
    _execute(settings, house.step(settings))


@app.command()
def content() -> None:
    """Compute vectors of what is written on the box, and map cold movies to the other vectors.

    Example: sparrow content
    """
    from offline.embeddings.content import step as house

    settings = Settings()
    _execute(settings, house.step(settings))


@app.command()
def retrieval() -> None:
    """Train the two towers, whose vectors recall movies for users.

    Example: sparrow retrieval
    """
    from offline.embeddings.two_tower import step as house

    settings = Settings()
    _execute(settings, house.step(settings))


@app.command()
def stats() -> None:
    """Compute the statistics tables for BI.

    Example: sparrow stats
    """
    from offline.features import statistics

    settings = Settings()
    _execute(settings, statistics.step(settings))


@app.command()
def evaluate(
    model: Annotated[str | None, _MODEL] = None,
    protocol: Annotated[
        Protocol | None,
        typer.Option("--protocol", help="Measure lists instead, this way."),
    ] = None,
    folds: Annotated[
        int, typer.Option("--folds", min=0, help="Measure the lists on so many folds by time.")
    ] = 0,
    bootstrap: Annotated[
        int, typer.Option("--bootstrap", min=0, help="Draws of users for the intervals.")
    ] = 200,
) -> None:
    """Print a model's figures on the test part of both splits, or those of lists.

    Lists are those of the best baselines, of the linear control, of a ranker for each model of
    SPARROW_RANKING_MODELS, and of the home flow of a release; each with its difference to the control.

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
        str, typer.Option("--models", help="Names of ranking models, by commas; all if unset.")
    ] = "",
    protocols: Annotated[
        str, typer.Option("--protocols", help="Of random, time, last, cold; by commas.")
    ] = "random,time,last,cold",
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="Training runs of a model or ranker.")
    ] = 3,
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path(
        "docs/leaderboard.md"
    ),
    page_only: Annotated[
        bool, typer.Option("--page-only", help="Write the page anew from what is measured.")
    ] = False,
) -> None:
    """Measure all models, baselines, rankers and lists and write the page; resumes a killed run.

    Example: sparrow leaderboard --models embedding_mlp,din --seeds 1
    """
    from offline.evaluation.leaderboard import measure as house
    from offline.runtime.step import run_context

    console = Console()
    config = house.LeaderboardConfig(
        models=_names(models), protocols=_names(protocols), seeds=seeds
    )
    with run_context(Settings(), console) as context:
        if not page_only:
            house.measure(context, config)
        house.write(context, config, out)
    console.print(f"The leaderboard is in {out}.")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


@app.command()
def publish(
    force: Annotated[bool, typer.Option("--force", help="Pass by the quality gate.")] = False,
) -> None:
    """Make a release of the present results and let the servers switch to it.

    Example: sparrow publish
    """
    from offline.runtime.step import run_context

    settings = Settings()
    with run_context(settings, Console()) as context:
        _publish(context, force)


@app.command()
def pipeline(
    force: Annotated[bool, typer.Option("--force", help="Pass by the quality gate.")] = False,
) -> None:
    """Run every step from data to publish; what has not changed is skipped.

    Example: SPARROW_DATASET=ml-latest-small sparrow pipeline
    """
    from offline.data.import_dataset import import_dataset
    from offline.pipeline import steps
    from offline.runtime.step import execute, run_context
    from sparrow.dataset.tables import DatasetTables

    settings, console = Settings(), Console()
    if not DatasetTables(settings.tables).dataset_file.exists():
        import_dataset(settings, None, False, datetime.now(UTC), console)
    with run_context(settings, console) as context:
        for step in steps(settings):
            execute(step, context)
        _publish(context, force)


@app.command()
def releases() -> None:
    """List the releases that are kept, the one that serves marked.

    Example: sparrow releases
    """
    from offline.release.quality_gate import default_model_auc
    from sparrow.redis.connection import redis_client, redis_for
    from sparrow.release import active_release
    from sparrow.release.manifest import list_releases

    settings = Settings()
    with redis_for(settings) as url:
        client = redis_client(url)
        serving = active_release.current(client)
        client.close()
    table = Table("", "release", "data set", "model", "test AUC", "made")
    for manifest in reversed(list_releases(settings.releases)):
        table.add_row(
            "→" if manifest.id == serving else "",
            manifest.id,
            manifest.dataset["name"],
            manifest.default_model,
            f"{default_model_auc(manifest):.4f}",
            manifest.created_at,
        )
    Console().print(table)


@app.command()
def activate(release: Annotated[str, typer.Argument(help="Id of a kept release.")]) -> None:
    """Let a kept release serve; servers switch to it within a second.

    Example: sparrow activate 20261124T071500-3f2a9c
    """
    from offline.release import publish as house
    from offline.runtime.step import run_context
    from sparrow.redis.connection import redis_for

    settings, console = Settings(), Console()
    with run_context(settings, console) as context, redis_for(settings) as url:
        house.activate(context, release, url)
    console.print(f"{release} serves.")


@app.command()
def rollback() -> None:
    """Let the release that served before serve again.

    Example: sparrow rollback
    """
    from sparrow.redis.connection import redis_client, redis_for
    from sparrow.release import active_release

    with redis_for(Settings()) as url:
        client = redis_client(url)
        left, entered = active_release.rollback(client)
        client.close()
    Console().print(f"{entered} serves again instead of {left}.")


@app.command()
def score(
    rows: Annotated[
        Path, typer.Option(help="CSV or Parquet: user_id, movie_id and, if wanted, timestamp.")
    ],
    out: Annotated[Path, typer.Option(help="CSV or Parquet: the rows and their score.")],
    model: Annotated[str | None, _MODEL] = None,
    split: Annotated[
        Split,
        typer.Option(
            help="`time`: a score sees the ratings strictly before its row's timestamp. `random`: "
            "all ratings but the row's own, by the model of `sparrow train --split random`."
        ),
    ] = "time",
) -> None:
    """Score rows by what was known strictly before each row's timestamp.

    Rows without a timestamp are scored by all that is known. For rows held out at random, in the
    midst of the ratings of the data set: --split random.

    Example: sparrow score --rows rows.csv --model embedding_mlp --out scores.csv
    """
    from offline.runtime.step import run_context
    from offline.training.plan import best_model
    from offline.training.score_file import score_file

    console = Console()
    with run_context(Settings(), console) as context:
        count = score_file(context, rows, model or best_model(context), split, out)
    console.print(f"{count:,} rows scored in {out}.")


def _best(context: RunContext) -> str:
    """The model of SPARROW_RANKING_MODELS whose lists are best, each trained where needed."""
    from offline.runtime.step import execute
    from offline.training.plan import best_model, evaluation_steps, ranking_models

    for model in ranking_models(context.settings):
        for step in evaluation_steps(context.settings, model, "time"):
            execute(step, context)
    return best_model(context)


def _publish(context: RunContext, force: bool) -> None:
    from offline.release import publish as house
    from offline.release.candidate import candidate
    from sparrow.redis.connection import redis_for

    with redis_for(context.settings) as url:
        house.publish(context, candidate(context), url, force)
