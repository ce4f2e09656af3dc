"""What cannot be read or written while scoring a file is said in one line."""

from __future__ import annotations

import errno
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from offline.runtime.step import RunContext
from offline.training.score_file import read_rows, score_file
from sparrow.errors import DataError, StorageError
from sparrow.settings import Settings

HEADER = "user_id,movie_id,timestamp\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEADER + "1,2,3\n,5,6\n", "user_id .* 1 have none"),
        (HEADER + "1,,3\n4,,6\n", "movie_id .* 2 have none"),
        (HEADER, "at least one row"),
        ("", "but: Empty CSV"),
        ("user_id,timestamp\n1,2\n", "but: .*movie_id"),
        (HEADER + "1,2,soon\n", "but: .*'soon'"),
        (HEADER + "1,2,2024-05-01T00:00:00\n1,2\n", "but: CSV parse error"),
    ],
)
def test_rows_that_cannot_be_scored_are_refused_in_a_line(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=reason) as caught:
        read_rows(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rows_need_no_timestamp(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("movie_id,user_id\n2,1\n")
    assert read_rows(tmp_path / "rows.csv").to_pydict() == {"user_id": [1], "movie_id": [2]}


def test_movielens_own_header_is_understood(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("userId,movieId,rating,timestamp\n1,2,4.5,3\n")
    found = read_rows(tmp_path / "rows.csv").to_pydict()
    assert found == {"user_id": [1], "movie_id": [2], "timestamp": [3]}


def test_a_column_of_another_kind_is_refused(tmp_path: Path) -> None:
    columns = {"user_id": [[1]], "movie_id": [2], "timestamp": [3]}
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    with pytest.raises(DataError, match="whole numbers"):
        read_rows(tmp_path / "rows.parquet")


def test_what_the_system_does_not_open_is_refused(tmp_path: Path) -> None:
    """A folder stands for every file that may not be read: to root, all of them may."""
    (tmp_path / "rows.csv").mkdir()
    with pytest.raises(DataError, match=r"rows\.csv, but"):
        read_rows(tmp_path / "rows.csv")


def test_a_full_disk_leaves_no_scratch_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(space: RunContext, queries: Path, target: Path, others: bool) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    monkeypatch.setattr("offline.training.score_file.write_point_in_time_features", full_disk)
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "rows.csv").write_text(HEADER + "1,2,3\n")
    space = RunContext(Settings(data_dir=data), Console(quiet=True))
    monkeypatch.setattr(RunContext, "output_of", lambda *_: tmp_path)
    with pytest.raises(StorageError, match="disk is full"):
        score_file(space, tmp_path / "rows.csv", "lr", "time", tmp_path / "out.csv")
    assert list(data.iterdir()) == []
    assert not (tmp_path / "out.csv").exists()
