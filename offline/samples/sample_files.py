"""The Parquet files of the samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from offline.factorisation.matrix_factors import MatrixFactors
from sparrow.errors import DataError
from sparrow.features.declarations import FeatureSet
from sparrow.features.preprocessing import Preprocessing


@dataclass(frozen=True)
class Samples:
    """A folder of samples: what `Samples.open` reads, and a folder of Parquet files per part."""

    root: Path
    features: FeatureSet
    encoding: Preprocessing
    factors: MatrixFactors

    @classmethod
    def open(cls, root: Path) -> Samples:
        """Reads `features.json`, `preprocessing.json` and `factors.npz` of the samples in `root`.

        Raises DataError when they are missing.
        """
        try:
            features = FeatureSet.from_json((root / "features.json").read_text())
            encoding = Preprocessing.from_json((root / "preprocessing.json").read_text())
            factors = MatrixFactors.load(root / "factors.npz")
        except FileNotFoundError as error:
            raise DataError(
                f"Expected samples in {root}, but {Path(error.filename).name} is missing: run "
                "`sparrow samples`."
            ) from error
        return cls(root, features, encoding, factors)

    def files(self, part: str) -> list[Path]:
        """Parquet files of `train`, `validation` or `test`, in name order.

        Raises DataError when there are none.
        """
        found = sorted((self.root / part).glob("*.parquet"))
        if not found:
            raise DataError(
                f"Expected Parquet files in {self.root / part}, found none: run `sparrow samples`."
            )
        return found

    def count(self, part: str) -> int:
        """Rows of a part, from the files' footers."""
        return sum(pq.read_metadata(file).num_rows for file in self.files(part))

    def batches(self, part: str, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Rows of a part in file order."""
        for file in self.files(part):
            yield from pq.ParquetFile(file).iter_batches(READ_ROWS, columns=columns)


READ_ROWS = 16_384
