import errno
import io
import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from rich.console import Console

from offline.data.import_dataset import import_dataset
from offline.data.readers import rating_blocks, ratings
from offline.data.tables import table_parts
from offline.data.tables.dataset_metadata import read_metadata, verify
from offline.data.tables.table_parts import PartWriter
from sparrow.errors import DataError, StorageError


def test_the_description_says_what_the_tables_hold(lab):
    description = lab.run(lab.write("csv"))

    assert description == read_metadata(lab.tables)
    stored = json.loads(lab.tables.dataset_file.read_text())
    assert stored["counts"] == {
        "movies": 20, "ratings": 200, "users": 20, "tags": 2, "links": 19, "quarantined": 0,
    }  # fmt: skip
    times = [time for *_, time in lab.world.ratings]
    assert stored["time_range"] == [min(times), max(times)]


def test_block_bucket_and_part_sizes_change_nothing(lab, layout, monkeypatch):
    source = lab.write(layout, lab.world.with_ratings(*lab.world.ratings[:30]))
    whole = lab.run(source)
    lab.tables.dataset_file.unlink()
    monkeypatch.setattr(rating_blocks, "_BYTES", 97)
    monkeypatch.setattr(ratings, "_BUCKET_ROWS", 23)
    monkeypatch.setattr(ratings, "_SAMPLE_EVERY", 3)
    monkeypatch.setattr(table_parts, "ROWS_PER_PART", 40)
    pieces = lab.run(source)

    assert pieces == whole
    assert whole.counts["quarantined"] == 30
    assert len(list(lab.tables.path("ratings").glob("*"))) == 5


def test_the_same_source_is_not_imported_again(lab):
    source = lab.write("csv")
    lab.run(source)
    before = lab.tables.dataset_file.stat().st_ino
    lab.run(source)
    assert lab.tables.dataset_file.stat().st_ino == before

    lab.run(lab.write("csv", lab.world.with_ratings((1, 1, 4.0, 1_100_000_000))))
    assert lab.tables.dataset_file.stat().st_ino != before


def test_a_damaged_description_is_made_again(lab):
    source = lab.write("csv")
    first = lab.run(source)
    lab.tables.dataset_file.write_text("{")

    assert lab.run(source) == first


@pytest.mark.parametrize("content", [b"", b"userId,movieId,rating,timestamp\n"])
def test_empty_ratings_are_refused(lab, content):
    source = lab.write("csv", **{"ratings.csv": content})
    with pytest.raises(DataError, match=r"ratings\.csv: expected a header|no usable rating"):
        lab.run(source)
    assert lab.leftovers == []


def test_empty_movies_are_refused(lab):
    with pytest.raises(DataError, match=r"no usable movie in movies\.dat"):
        lab.run(lab.write("dat", **{"movies.dat": b""}))


def test_a_missing_source_is_named(lab):
    with pytest.raises(DataError, match=r"no folder or zip at .*nowhere"):
        lab.run(lab.folder / "nowhere")


def test_the_home_folder_is_found_where_no_shell_expands_it(lab, monkeypatch):
    """As in `make data FROM=~/films`, or `--from=~/films`."""
    monkeypatch.setenv("HOME", str(lab.folder))
    assert lab.run(Path("~") / lab.write("csv").name).counts["ratings"] == 200


def test_a_zip_cut_short_is_refused(lab):
    path = lab.zip("csv")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="no readable zip"):
        lab.run(path)


def test_a_zip_with_damaged_content_is_refused(lab):
    path = lab.zip("u.data")
    content = bytearray(path.read_bytes())
    content[100:140] = bytes(40)
    path.write_bytes(content)
    with pytest.raises(DataError, match="corrupt"):
        lab.run(path)
    assert lab.leftovers == []


def test_an_unknown_name_lists_the_known_ones(lab):
    with pytest.raises(DataError, match=r"Unknown data set 'small'. Known: ml-100k, .*ml-32m"):
        lab.run(None)


@pytest.mark.parametrize("name", ["../elsewhere", ".hidden", "a/b", ""])
def test_a_name_cannot_leave_the_data_folder(lab, name):
    settings = lab.settings.model_copy(update={"dataset": name})
    with pytest.raises(DataError, match="Expected a data set name"):
        import_dataset(settings, lab.write("csv"), False, None, Console(file=io.StringIO()))


class FullDisk:
    """Stands in for a part writer's `write` on a disk without room."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, *_: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), StorageError, "disk is full"),
        (OSError(errno.EROFS, "Read-only file system"), StorageError, "read-only"),
        (KeyboardInterrupt(), KeyboardInterrupt, None),
    ],
)
def test_whatever_stops_an_import_leaves_what_was_there(lab, monkeypatch, error, expected, words):
    before = lab.run(lab.write("csv"))
    changed = lab.write("csv", lab.world.with_ratings((1, 1, 4.0, 1_100_000_000)))
    monkeypatch.setattr(PartWriter, "write", FullDisk(error))
    with pytest.raises(expected, match=words):
        lab.run(changed)

    assert lab.leftovers == ["small"]
    assert verify(lab.tables) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named(lab):
    lab.settings.data_dir.mkdir(mode=0o500)
    with pytest.raises(StorageError, match="permission"):
        lab.run(lab.write("csv"))


def test_verify_notices_changed_rows(lab):
    lab.run(lab.write("csv"))
    (part,) = lab.tables.path("ratings").glob("*")
    table = pa.parquet.read_table(part)
    changed = table.set_column(2, table.schema.field("rating"), pa.array([1.0] * 200, pa.float32()))
    pa.parquet.write_table(changed, part)

    with pytest.raises(DataError, match="fingerprint changed"):
        verify(lab.tables)


def test_verify_notices_missing_rows_columns_and_parts(lab):
    lab.run(lab.write("csv"))
    (part,) = lab.tables.path("ratings").glob("*")
    table = pa.parquet.read_table(part)
    pa.parquet.write_table(table.slice(1), part)
    with pytest.raises(DataError, match="counts changed"):
        verify(lab.tables)
    pa.parquet.write_table(table.drop_columns(["rating"]), part)
    with pytest.raises(DataError, match="expected columns"):
        verify(lab.tables)
    part.write_bytes(b"rubbish")
    with pytest.raises(DataError, match="is damaged"):
        verify(lab.tables)
    part.unlink()
    with pytest.raises(DataError, match="no Parquet part"):
        verify(lab.tables)


def test_quality_numbers_are_those_of_the_world(lab):
    lab.run(lab.write("csv"))
    quality = json.loads((lab.tables.root / "quality.json").read_text())["quality"]

    stars = [stars for _, _, stars, _ in lab.world.ratings]
    assert quality["histogram"] == {f"{n / 2:g}": stars.count(n / 2) for n in range(1, 11)}
    assert quality["mean_rating"] == pytest.approx(sum(stars) / 200)
    assert quality["density"] == 0.5
    assert quality["months"] == {"2001-09": 200}
    assert quality["per_user"][0] == [1, 10]
