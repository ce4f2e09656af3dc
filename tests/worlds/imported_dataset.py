"""A small data set as importing leaves it, with its data-quality report."""

from __future__ import annotations

from checkerboard_dataset import checkerboard, write_dataset

from offline.data.tables.dataset_metadata import DatasetMetadata
from offline.data.tables.quality_report import write_quality_report
from offline.data.tables.quarantine import open_quarantine
from sparrow.dataset.tables import DatasetTables
from sparrow.settings import Settings


def import_small(settings: Settings) -> None:
    """Four users' 76 ratings, every row good."""
    tables = DatasetTables(settings.tables)
    write_dataset(tables, checkerboard(users=4))
    description = DatasetMetadata.model_validate_json(tables.dataset_file.read_text())
    with open_quarantine(settings.data_dir) as quarantine:
        write_quality_report(tables, description, quarantine)
