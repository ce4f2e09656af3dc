import pyarrow.parquet as pq
import pytest

from offline.data.readers.layouts import detect_layout
from offline.data.readers.raw_files import open_source
from sparrow.dataset.tables import SCHEMAS
from sparrow.errors import DataError

PEOPLE_KNOWN = {"dat", "u.data", "atomic"}
TAGS_KNOWN = {"csv", "csv-crlf-bom", "dat-tags"}
LINKS_KNOWN = {"csv", "csv-crlf-bom"}


def test_every_layout_gives_the_same_tables(lab, layout, expected):
    description = lab.run(lab.write(layout))

    assert lab.rows("movies") == expected("movies")
    assert lab.rows("ratings") == expected("ratings")
    assert [row["user_id"] for row in lab.rows("users")] == list(range(1, 21))
    assert description.counts["ratings"] == 200
    assert description.counts["quarantined"] == 0


def test_what_a_layout_knows_besides(lab, layout, expected):
    lab.run(lab.write(layout))

    if layout in PEOPLE_KNOWN:
        assert lab.rows("users") == expected("users")
    else:
        assert all(row["age"] is row["gender"] is row["occupation"] is None
                   for row in lab.rows("users"))  # fmt: skip
    assert lab.rows("tags") == (expected("tags") if layout in TAGS_KNOWN else [])
    assert lab.rows("links") == (expected("links") if layout in LINKS_KNOWN else [])


def test_tables_have_the_canonical_schemas(lab, layout):
    lab.run(lab.write(layout))

    for table, schema in SCHEMAS.items():
        for part in lab.tables.path(table).glob("*"):
            assert pq.read_schema(part).equals(schema)


def test_a_zip_is_read_like_its_folder(lab, layout):
    from_folder = lab.run(lab.write(layout))
    from_zip = lab.run(lab.zip(layout))

    assert from_zip.fingerprint == from_folder.fingerprint
    assert "unchanged" in lab.printed  # the same bytes, so nothing was to do


def test_tags_and_links_may_be_missing(lab):
    lab.run(lab.write("csv", **{"tags.csv": None, "links.csv": None}))

    assert lab.rows("tags") == lab.rows("links") == []


def test_columns_are_found_by_name(lab, expected):
    swapped = "movieId,timestamp,userId,rating\n" + "".join(
        f"{movie},{time},{user},{stars}\n" for user, movie, stars, time in lab.world.ratings
    )
    lab.run(lab.write("csv", **{"ratings.csv": swapped.encode()}))

    assert lab.rows("ratings") == expected("ratings")


def test_a_year_only_in_the_release_date_counts(lab):
    flags = "|".join("0" * 19)
    item = f"1|Nameless|04-Feb-1971||http://films.example/|{flags}\n"
    lab.run(lab.write("u.data", **{"u.item": item.encode()}))

    assert lab.rows("movies") == [{"movie_id": 1, "title": "Nameless", "year": 1971, "genres": []}]


def test_nothing_recognised_says_what_was_looked_for(lab):
    source = lab.write("csv", **{"movies.csv": None})
    with pytest.raises(
        DataError, match=r"looked for ratings\.csv and movies\.csv, or ratings\.dat"
    ):
        lab.run(source)


def test_two_data_sets_in_one_folder_have_to_be_told_apart(lab):
    source = lab.write("csv")
    for name in ("one", "two"):
        (source / name).mkdir()
    for path in [*source.glob("*.csv")]:
        (source / "one" / path.name).write_bytes(path.read_bytes())
        path.rename(source / "two" / path.name)

    with pytest.raises(DataError, match=r"More than one data set .*one \(csv\), two \(csv\)"):
        detect_layout(open_source(source))


def test_a_header_without_a_needed_column_is_refused(lab):
    source = lab.write("csv", **{"ratings.csv": b"userId,movieId,stars,timestamp\n1,1,5,1\n"})
    with pytest.raises(DataError, match=r"ratings\.csv: .*missing rating; came user_id, .*stars"):
        lab.run(source)
