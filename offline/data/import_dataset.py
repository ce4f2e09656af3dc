"""From a name, folder or zip to canonical tables: fetch, recognise, clean, describe, report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from offline.data.download.dataset_catalogue import load_dataset_catalogue
from offline.data.download.fetch import fetch
from offline.data.readers.entities import EntityReader
from offline.data.readers.layouts import DetectedLayout, detect_layout
from offline.data.readers.ratings import RatingsImport
from offline.data.readers.raw_files import RawSource, content_hash, open_source, source_errors
from offline.data.readers.row_checks import RowChecks
from offline.data.tables.dataset_metadata import (
    DatasetMetadata,
    compute_metadata,
    unchanged_metadata,
    validate_dataset_name,
    write_metadata,
)
from offline.data.tables.quality_report import write_quality_report
from offline.data.tables.quarantine import QuarantineWriter, open_quarantine
from offline.data.tables.table_parts import PartWriter, write_table
from sparrow.dataset.tables import DatasetTables
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
    source: RawSource
    detected: DetectedLayout
    now: datetime
    console: Console


def import_dataset(
    settings: Settings, source: Path | None, strict: bool, now: datetime, console: Console
) -> DatasetMetadata:
    """Make the tables of `settings.dataset` from `source`, or from the catalogue if it is None.

    Rows that cannot be used go to `quarantine.csv` beside the tables; with `strict` they stop the
    import. DatasetTables that were made from the same files stay as they are. Raises `DataError`,
    `ChecksumError` or `StorageError`, and then leaves what was there before.
    """
    name, tables = validate_dataset_name(settings.dataset), DatasetTables(settings.tables)
    if source is None:
        dataset = load_dataset_catalogue().find(name)
        path = fetch(dataset, settings.downloads, console)
        origin = f"{dataset.url} (by way of {path.name})"
    else:
        path, origin = source.expanduser(), source.name
    opened = open_source(path)
    with source_errors(opened):
        detected = detect_layout(opened)
        job = _Import(name, origin, opened, detected, now, console)
        source_hash = f"{_IMPORTER}-{content_hash(opened, list(detected.files.values()))}"
        made = unchanged_metadata(tables, source_hash)
        if made is not None and not (strict and made.counts["quarantined"]):
            console.print(f"{name}: unchanged, {made.counts['ratings']:,} ratings")
            return made
        with atomic_folder(tables.root) as fresh:
            return _write(job, DatasetTables(fresh), source_hash, strict)


def _write(job: _Import, tables: DatasetTables, source_hash: str, strict: bool) -> DatasetMetadata:
    with open_quarantine(tables.root) as quarantine:
        _write_tables(job, tables, quarantine)
    if strict and quarantine.total:
        raise DataError(_refusal(job, quarantine))
    description = compute_metadata(tables, job.name, job.origin, source_hash, quarantine.total)
    write_quality_report(tables, description, quarantine)
    write_metadata(tables, description)
    return description


def _write_tables(job: _Import, tables: DatasetTables, quarantine: QuarantineWriter) -> None:
    reader = EntityReader(job.source, job.detected, quarantine)
    movies = reader.movies()
    if not len(movies):
        raise DataError(f"{job.source.place}: no usable movie in {job.detected.files['movies']}.")
    write_table(tables, "movies", movies)
    checks = RowChecks.at(movies["movie_id"].to_numpy(), job.now)
    users = _write_ratings(job, tables, checks, quarantine)
    write_table(tables, "users", reader.users(users))
    write_table(tables, "tags", reader.tags(checks))
    write_table(tables, "links", reader.links(checks))


def _write_ratings(
    job: _Import, tables: DatasetTables, checks: RowChecks, quarantine: QuarantineWriter
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
            job.detected.files["ratings"],
            job.detected.layout.files["ratings"],
            checks,
            quarantine,
            Path(scratch),
            lambda rows: progress.update(task, completed=rows),
        ).write(writer)


def _refusal(job: _Import, quarantine: QuarantineWriter) -> str:
    examples = "; ".join(
        f"{row.file}:{row.line} {row.reason.value} ({row.raw[:60]!r})"
        for row in quarantine.first()[:_EXAMPLES]
    )
    return (
        f"{job.name}: {quarantine.total:,} rows cannot be used, and --strict allows none: "
        f"{examples}. Correct them, or import without --strict to leave them out."
    )
