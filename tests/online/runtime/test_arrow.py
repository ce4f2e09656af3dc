"""Columns become arrays, and nothing else comes along."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from online.runtime.arrow import to_numpy

LOADS = """
import sys
import pyarrow.parquet as pq
from online.runtime.arrow import to_numpy

with pq.ParquetFile(sys.argv[1]) as file:
    table = file.read()
print(to_numpy(table["n"]).tolist(), "pandas" in sys.modules)
"""


def test_a_column_in_pieces_is_one_array():
    column = pa.chunked_array([[1, 2], [], [3]])
    np.testing.assert_array_equal(to_numpy(column), [1, 2, 3])
    np.testing.assert_array_equal(to_numpy(pa.array([0.5])), [0.5])
    assert len(to_numpy(pa.chunked_array([], type=pa.int64()))) == 0


def test_a_missing_number_is_no_number():
    with pytest.raises(ValueError, match="1 without"):
        to_numpy(pa.chunked_array([[1, None]]))


def test_pandas_does_not_come_along(tmp_path):
    pq.write_table(pa.table({"n": [1, 2]}), tmp_path / "n.parquet")
    command = [sys.executable, "-c", LOADS, str(tmp_path / "n.parquet")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[1, 2] False"
