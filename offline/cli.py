"""Commands of the offline package: its steps, `sparrow pipeline`, and those of its subpackages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from offline.data.cli import app as data_app
from offline.evaluation.cli import app as evaluation_app
from offline.release.cli import FORCE, publish_candidate
from offline.release.cli import app as release_app
from offline.training.cli import SPLIT
from offline.training.cli import app as training_app
from sparrow.settings import Settings

if TYPE_CHECKING:
    from offline.runtime.step import Step

app = typer.Typer()
app.add_typer(data_app, name="data")
app.add_typer(training_app)
app.add_typer(evaluation_app)
app.add_typer(release_app)


def _execute(settings: Settings, step: Step) -> None:
    from offline.runtime.step import execute, run_context

    with run_context(settings, Console()) as context:
        execute(step, context)


@app.command()
def features() -> None:
    """Compute the feature rows of users and movies as of the last event.

    Example: SPARROW_DATASET=ml-1m sparrow features
    """
    from offline.features.step import step

    settings = Settings()
    _execute(settings, step(settings))


@app.command()
def samples(split: Annotated[Literal["time", "random"], SPLIT] = "time") -> None:
    """Make point-in-time training samples.

    Example: sparrow samples --split random
    """
    from offline.samples.step import step

    settings = Settings()
    _execute(settings, step(settings, split))


@app.command()
def embeddings() -> None:
    """Compute the embeddings of SPARROW_EMBEDDINGS and the item-item similarities.

    Example: SPARROW_EMBEDDINGS=item2vec,als,node2vec sparrow embeddings
    """
    from offline.embeddings.step import step

    settings = Settings()
    _execute(settings, step(settings))


@app.command()
def content() -> None:
    """Compute content embeddings, and map cold-start movies to the other embeddings.

    Example: sparrow content
    """
    from offline.embeddings.content.step import step

    settings = Settings()
    _execute(settings, step(settings))


@app.command()
def retrieval() -> None:
    """Train the two-tower model, whose embeddings retrieve candidates.

    Example: sparrow retrieval
    """
    from offline.embeddings.two_tower.step import step

    settings = Settings()
    _execute(settings, step(settings))


@app.command()
def stats() -> None:
    """Compute the statistics tables for BI.

    Example: sparrow stats
    """
    from offline.features.statistics import step

    settings = Settings()
    _execute(settings, step(settings))


@app.command()
def pipeline(force: Annotated[bool, FORCE] = False) -> None:
    """Run every step from import to publish; steps with unchanged inputs are skipped.

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
        publish_candidate(context, force)
