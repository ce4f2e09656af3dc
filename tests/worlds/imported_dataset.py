"""A small data set as importing leaves it, with its data-quality report."""

from __future__ import annotations

from checkerboard_dataset import checkerboard, write_dataset

from offline.data.tables.dataset_metadata import DatasetDescription
from offline.data.tables.quality_report import write_report
from offline.data.tables.quarantine import open_quarantine
from sparrow.dataset.tables import Tables
from sparrow.settings import Settings


def import_small(settings: Settings) -> None:
    """Four viewers' 76 ratings, every row good."""
    tables = Tables(settings.tables)
    write_dataset(tables, checkerboard(users=4))
    description = DatasetDescription.model_validate_json(tables.description.read_text())
    with open_quarantine(settings.data_dir) as quarantine:
        write_report(tables, description, quarantine)
