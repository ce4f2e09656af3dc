import csv
import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparrow.errors import DataError

START = 1_000_000_000
BAD_RATINGS = [
    ((1, 999, 4.0, START), "movie does not exist"),
    ((1, 1, 0, START), "rating not 0.5 to 5 in halves"),
    ((1, 1, 5.5, START), "rating not 0.5 to 5 in halves"),
    ((1, 1, 3.7, START), "rating not 0.5 to 5 in halves"),
    ((1, 1, "nan", START), "unparsable number"),
    ((1, 1, "inf", START), "unparsable number"),
    ((1, 1, "four", START), "unparsable number"),
    (("x1", 1, 4.0, START), "unparsable number"),
    ((1.5, 1, 4.0, START), "unparsable number"),
    (("1_0", 1, 4.0, START), "unparsable number"),
    ((1, "", 4.0, START), "unparsable number"),
    ((1, 1, 4.0, "yesterday"), "unparsable number"),
    ((-1, 1, 4.0, START), "id out of range"),
    ((2**40, 1, 4.0, START), "id out of range"),
    ((1, 1, 4.0, -5), "timestamp before 1990 or in the future"),
    ((1, 1, 4.0, 0), "timestamp before 1990 or in the future"),
    ((1, 1, 4.0, 1_714_780_800), "timestamp before 1990 or in the future"),  # three days ahead
    ((1, 1, 4.0), "wrong number of fields"),
    ((1, 1, 4.0, START, 7), "wrong number of fields"),
]


def quarantined(lab):
    with (lab.tables.root / "quarantine.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("row", "reason"), BAD_RATINGS)
def test_a_bad_rating_is_put_aside_with_its_reason(lab, row, reason, expected):
    lab.run(lab.write("csv", lab.world.with_ratings(row)))

    (found,) = quarantined(lab)
    assert found == {
        "table": "ratings",
        "file": "ratings.csv",
        "line": "202",
        "reason": reason,
        "raw": ",".join(map(str, row)),
    }
    assert lab.rows("ratings") == expected("ratings")


def test_bad_rows_leave_their_good_neighbours_alone(lab, layout, expected):
    rows = [row for row, _ in BAD_RATINGS]
    mixed = [*rows, *lab.world.ratings, *rows]
    description = lab.run(lab.write(layout, replace(lab.world, ratings=mixed)))

    assert lab.rows("ratings") == expected("ratings")
    assert description.counts["quarantined"] == 2 * len(BAD_RATINGS)
    separator = {"dat": "::", "dat-tags": "::", "u.data": "\t", "atomic": "\t"}.get(layout, ",")
    header = 1 if layout in ("csv", "csv-crlf-bom", "atomic") else 0
    assert [(row["reason"], row["raw"]) for row in quarantined(lab)] == [
        (reason, separator.join(map(str, row))) for row, reason in BAD_RATINGS * 2
    ]
    assert int(quarantined(lab)[-1]["line"]) == header + len(mixed)


def test_the_latest_of_several_ratings_counts(lab, layout):
    user, movie, stars, time = lab.world.ratings[5]
    other = 5.5 - stars
    world = lab.world.with_ratings((user, movie, other, time + 9), (user, movie, stars, time - 9))
    lab.run(lab.write(layout, world))

    kept = [r for r in lab.rows("ratings") if (r["user_id"], r["movie_id"]) == (user, movie)]
    assert [(r["rating"], r["timestamp"]) for r in kept] == [(other, time + 9)]
    header = 1 if layout in ("csv", "csv-crlf-bom", "atomic") else 0
    assert [(row["reason"], int(row["line"])) for row in quarantined(lab)] == [
        ("rated again later", header + 6),
        ("rated again later", header + 202),
    ]


def test_of_two_ratings_in_the_same_second_the_later_line_counts(lab):
    user, movie, stars, time = lab.world.ratings[0]
    lab.run(lab.write("csv", lab.world.with_ratings((user, movie, 5.5 - stars, time))))

    kept = [r for r in lab.rows("ratings") if (r["user_id"], r["movie_id"]) == (user, movie)]
    assert [r["rating"] for r in kept] == [5.5 - stars]


def test_blank_lines_are_no_rows(lab, layout, expected):
    source = lab.write(layout)
    for path in source.glob("*"):
        path.write_bytes(path.read_bytes() + b"\n\r\n")

    assert lab.run(source).counts["quarantined"] == 0
    assert lab.rows("ratings") == expected("ratings")


def test_bad_movies_tags_and_links(lab):
    source = lab.write("csv")
    extra = {
        "movies.csv": '1,Again (2000),Drama\nx,Film (2000),Drama\n500," ",Drama\n501,Film\n',
        "tags.csv": "1,999,orphan,1000000000\n1,1, ,1000000000\n1,1,old,5\n1,1,no time,soon\n"
        + "9" * 5000
        + ",1,many,1000000000\n",
        "links.csv": "999,1,1\n1,1,1\n2,abc,1\n",
    }
    for name, rows in extra.items():
        (source / name).write_bytes((source / name).read_bytes() + rows.encode())
    lab.run(source)

    assert [(row["file"], row["reason"]) for row in quarantined(lab)] == [
        ("movies.csv", "movie id taken"),
        ("movies.csv", "unparsable number"),
        ("movies.csv", "no title"),
        ("movies.csv", "wrong number of fields"),
        ("tags.csv", "movie does not exist"),
        ("tags.csv", "no tag"),
        ("tags.csv", "timestamp before 1990 or in the future"),
        ("tags.csv", "unparsable number"),
        ("tags.csv", "unparsable number"),
        ("links.csv", "movie does not exist"),
        ("links.csv", "movie linked already"),
        ("links.csv", "unparsable number"),
    ]
    assert lab.rows("movies")[0]["title"] == "Toy Story"


def test_a_quote_that_never_closes_costs_its_own_rows_only(lab):
    source = lab.write("csv")
    movies = (source / "movies.csv").read_bytes()
    (source / "movies.csv").write_bytes(movies + b'900,"Lost (2000),Drama\n901,Gone (2001),Drama\n')
    lab.run(source)

    (row,) = quarantined(lab)
    assert row["reason"] == "wrong number of fields"
    assert row["raw"].startswith('900,"Lost')
    assert len(lab.rows("movies")) == 20


def test_the_report_counts_and_shows_them(lab):
    world = lab.world.with_ratings((1, 999, 4.0, START), (1, 998, 4.0, START), (1, 1, 9, START))
    lab.run(lab.write("csv", world))

    report = json.loads((lab.tables.root / "quality.json").read_text(encoding="utf-8"))
    assert report["quarantine"]["reasons"] == {
        "movie does not exist": 2,
        "rating not 0.5 to 5 in halves": 1,
    }
    page = (lab.tables.root / "quality.html").read_text(encoding="utf-8")
    assert "1,998,4.0,1000000000" in page
    assert "src=" not in page  # self-contained
    assert "href=" not in page


def test_raw_rows_cannot_become_markup(lab):
    lab.run(lab.write("csv", lab.world.with_ratings(("<script>", 1, 4, START))))

    page = (lab.tables.root / "quality.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_strict_fails_with_count_and_examples_and_writes_nothing(lab):
    source = lab.write("csv", lab.world.with_ratings((1, 999, 4.0, START), (1, 1, 9, START)))
    with pytest.raises(DataError, match=r"2 rows .*ratings\.csv:202 movie does not exist"):
        lab.run(source, strict=True)

    assert lab.leftovers == []


def test_strict_looks_again_at_what_was_imported_leniently(lab):
    source = lab.write("csv", lab.world.with_ratings((1, 999, 4.0, START)))
    lab.run(source)
    with pytest.raises(DataError, match="1 rows cannot be used"):
        lab.run(source, strict=True)

    assert len(lab.rows("ratings")) == 200


def test_strict_passes_good_data(lab, layout):
    assert lab.run(lab.write(layout), strict=True).counts["ratings"] == 200


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=200))
def test_rubbish_never_breaks_an_import(lab, rubbish):
    source = lab.write("csv")
    ratings = source / "ratings.csv"
    rows = ratings.read_bytes()
    ratings.write_bytes(rows + rubbish + b"\n")
    description = lab.run(source)

    lines = len([line for line in rubbish.split(b"\n") if line.strip()])
    assert 200 <= description.counts["ratings"] + description.counts["quarantined"] <= 200 + lines
    assert description.counts["ratings"] >= 200
