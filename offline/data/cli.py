"""`sparrow data …`: import a data set, check one, make a larger one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sparrow.dataset.tables import DatasetTables
from sparrow.settings import Settings

app = typer.Typer(help="Data sets: import, check, synthesize.", no_args_is_help=True)

_DATASET = typer.Argument(help="A name of the catalogue, or of your own data with --from.")


def _settings(dataset: str | None) -> Settings:
    settings = Settings()
    return settings.model_copy(update={"dataset": dataset}) if dataset else settings


@app.command("import")
def import_(
    dataset: Annotated[str | None, _DATASET] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="Folder or zip in any MovieLens layout.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail if any row cannot be used.")
    ] = False,
) -> None:
    """Make the tables of a data set.

    Example: sparrow data import ml-25m --from ~/ml-25m.zip
    """
    from offline.data.import_dataset import import_dataset

    console, settings = Console(), _settings(dataset)
    import_dataset(settings, source, strict, datetime.now(UTC), console)
    _summarise(DatasetTables(settings.tables), console)


@app.command()
def check(dataset: Annotated[str | None, _DATASET] = None) -> None:
    """Read the tables back and compare schemas, counts and fingerprint with what was imported.

    Example: sparrow data check ml-100k
    """
    from offline.data.tables.dataset_metadata import verify

    console, tables = Console(), DatasetTables(_settings(dataset).tables)
    verify(tables)
    _summarise(tables, console)
    console.print("Schemas, counts and fingerprint are as imported.")


@app.command()
def synth(
    base: Annotated[str, typer.Option(help="An imported data set to grow.")] = "ml-100k",
    ratings: Annotated[int, typer.Option(min=1, help="How many ratings to make.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same data.")] = 42,
    name: Annotated[str, typer.Option(help="What to call the new data set.")] = "synthetic",
) -> None:
    """Make a larger data set with the long tail, genres and time order of an imported one.

    Example: sparrow data synth --base ml-100k --ratings 2000000 --seed 7
    """
    from offline.data.synthetic.generator import SyntheticSpec, synthesize_dataset

    console, settings = Console(), _settings(name)
    synthesize_dataset(settings, SyntheticSpec(base, ratings, seed), console)
    _summarise(DatasetTables(settings.tables), console)


def _summarise(tables: DatasetTables, console: Console) -> None:
    from offline.data.tables.dataset_metadata import read_metadata
    from offline.data.tables.quality_report import read_quality_report

    description, report = read_metadata(tables), read_quality_report(tables.root)
    summary = Table(title=f"{description.name} in {tables.root}", show_header=False)
    for table, rows in description.counts.items():
        summary.add_row(table, f"{rows:,}")
    for reason, rows in report["quarantine"]["reasons"].items():
        summary.add_row(f"  {reason}", f"{rows:,}")
    first, last = (datetime.fromtimestamp(time, UTC).date() for time in description.time_range)
    summary.add_row("from, to", f"{first}, {last}")
    summary.add_row("mean rating", f"{report['quality']['mean_rating']:.2f}")
    summary.add_row("rated pairs", f"{report['quality']['density']:.2%}")
    console.print(summary)
