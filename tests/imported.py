"""A small data set as importing leaves it, with its data-quality report."""

from __future__ import annotations

from checkerboard import checkerboard, write_dataset

from offline.data.description import DatasetDescription
from offline.data.quality import write_report
from offline.data.quarantine import open_quarantine
from sparrow.settings import Settings
from sparrow.tables import Tables


def import_small(settings: Settings) -> None:
    """Four viewers' 76 ratings, every row good."""
    tables = Tables(settings.tables)
    write_dataset(tables, checkerboard(users=4))
    description = DatasetDescription.model_validate_json(tables.description.read_text())
    with open_quarantine(settings.data_dir) as quarantine:
        write_report(tables, description, quarantine)
