"""Numbers of Arrow tables as NumPy arrays, without pandas.

Arrow's own `to_numpy` imports pandas, for which a server's start would wait.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def to_numpy(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """The values of a column of numbers: (n,), not to be written to.

    Raises ValueError where one is missing.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if array.null_count:
        raise ValueError(f"Expected a number in every row, got {array.null_count} without.")
    values: np.ndarray = np.from_dlpack(array)
    return values
