"""From a name, folder or zip to canonical tables: fetch, recognise, clean, describe, report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from offline.data.download.dataset_catalogue import load_catalogue
from offline.data.download.fetch import fetch
from offline.data.readers.entities import Reader
from offline.data.readers.layouts import Found, detect
from offline.data.readers.ratings import RatingsImport
from offline.data.readers.raw_files import Source, content_hash, open_source, reading
from offline.data.readers.row_checks import Checks
from offline.data.tables.dataset_metadata import (
    DatasetDescription,
    checked_name,
    describe,
    made_from,
    write_description,
)
from offline.data.tables.quality_report import write_report
from offline.data.tables.quarantine import Quarantine, open_quarantine
from offline.data.tables.table_parts import PartWriter, write_table
from sparrow.dataset.tables import Tables
from sparrow.errors import DataError
from sparrow.settings import Settings
from sparrow.system.files import atomic_folder

_IMPORTER = "1"  # count up when the same raw files give other tables than before
_EXAMPLES = 5


@dataclass(frozen=True)
class _Import:
    """What one import knows from the start.

    origin: the source in words, as `dataset.json` shall give it.
    """

    name: str
    origin: str
    source: Source
    found: Found
    now: datetime
    console: Console


def import_dataset(
    settings: Settings, source: Path | None, strict: bool, now: datetime, console: Console
) -> DatasetDescription:
    """Make the tables of `settings.dataset` from `source`, or from the catalogue if it is None.

    Rows that cannot be used go to `quarantine.csv` beside the tables; with `strict` they stop the
    import. Tables that were made from the same files stay as they are. Raises `DataError`,
    `ChecksumError` or `StorageError`, and then leaves what was there before.
    """
    name, tables = checked_name(settings.dataset), Tables(settings.tables)
    if source is None:
        dataset = load_catalogue().find(name)
        path = fetch(dataset, settings.downloads, console)
        origin = f"{dataset.url} (by way of {path.name})"
    else:
        path, origin = source.expanduser(), source.name
    opened = open_source(path)
    with reading(opened):
        found = detect(opened)
        job = _Import(name, origin, opened, found, now, console)
        source_hash = f"{_IMPORTER}-{content_hash(opened, list(found.files.values()))}"
        made = made_from(tables, source_hash)
        if made is not None and not (strict and made.counts["quarantined"]):
            console.print(f"{name}: unchanged, {made.counts['ratings']:,} ratings")
            return made
        with atomic_folder(tables.root) as fresh:
            return _write(job, Tables(fresh), source_hash, strict)


def _write(job: _Import, tables: Tables, source_hash: str, strict: bool) -> DatasetDescription:
    with open_quarantine(tables.root) as quarantine:
        _write_tables(job, tables, quarantine)
    if strict and quarantine.total:
        raise DataError(_refusal(job, quarantine))
    description = describe(tables, job.name, job.origin, source_hash, quarantine.total)
    write_report(tables, description, quarantine)
    write_description(tables, description)
    return description


def _write_tables(job: _Import, tables: Tables, quarantine: Quarantine) -> None:
    reader = Reader(job.source, job.found, quarantine)
    movies = reader.movies()
    if not len(movies):
        raise DataError(f"{job.source.place}: no usable movie in {job.found.files['movies']}.")
    write_table(tables, "movies", movies)
    checks = Checks.at(movies["movie_id"].to_numpy(), job.now)
    users = _write_ratings(job, tables, checks, quarantine)
    write_table(tables, "users", reader.users(users))
    write_table(tables, "tags", reader.tags(checks))
    write_table(tables, "links", reader.links(checks))


def _write_ratings(
    job: _Import, tables: Tables, checks: Checks, quarantine: Quarantine
) -> np.ndarray:
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:,.0f} ratings"))
    with (
        TemporaryDirectory(dir=tables.root) as scratch,
        Progress(*columns, TimeElapsedColumn(), console=job.console) as progress,
        PartWriter(tables, "ratings") as writer,
    ):
        task = progress.add_task(f"Reading {job.name}", total=None)
        return RatingsImport(
            job.source,
            job.found.files["ratings"],
            job.found.layout.files["ratings"],
            checks,
            quarantine,
            Path(scratch),
            lambda rows: progress.update(task, completed=rows),
        ).write(writer)


def _refusal(job: _Import, quarantine: Quarantine) -> str:
    examples = "; ".join(
        f"{row.file}:{row.line} {row.reason.value} ({row.raw[:60]!r})"
        for row in quarantine.first()[:_EXAMPLES]
    )
    return (
        f"{job.name}: {quarantine.total:,} rows cannot be used, and --strict allows none: "
        f"{examples}. Correct them, or import without --strict to leave them out."
    )
