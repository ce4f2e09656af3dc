"""Movies, users, tags and links: small tables, read row by row and checked as they come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from offline.data.readers.layouts import FLAG_GENRES, DetectedLayout
from offline.data.readers.raw_files import RawSource
from offline.data.readers.row_checks import RowChecks, parse_integer
from offline.data.readers.text_rows import TextRow, read_rows
from offline.data.tables.quarantine import QuarantineWriter, RejectedRow, RejectionReason
from sparrow.dataset.tables import LINKS, MOVIES, TAGS, USERS
from sparrow.dataset.titles import parse_genres, parse_title

_YEAR = re.compile(r"\b(?:18[7-9]|19\d|20\d)\d\b")
_MAX_AGE = 120
# ml-1m's age groups, by their youngest age; "under 18" by its oldest.
_AGE_GROUPS = {"1": 17, "18": 18, "25": 25, "35": 35, "45": 45, "50": 50, "56": 56}
# ml-1m's occupations, in the order of their codes in its README.
_OCCUPATIONS = (
    "other", "educator", "artist", "clerical", "college student", "customer service", "healthcare",
    "executive", "farmer", "homemaker", "school student", "lawyer", "programmer", "retired",
    "marketing", "scientist", "self-employed", "technician", "tradesman", "unemployed", "writer",
)  # fmt: skip
_TAG_CHUNK = 100_000


@dataclass(frozen=True)
class EntityReader:
    """Reads the small tables of one source; rows that cannot be used go to the quarantine."""

    source: RawSource
    detected: DetectedLayout
    quarantine: QuarantineWriter

    def movies(self) -> pa.Table:
        """All movies by ascending id; of those with the same id, the first."""
        form = self.detected.layout.files["movies"]
        movies: dict[int, dict[str, object]] = {}
        for row, fields in self._rows("movies"):
            movie_id, title = parse_integer(fields["movie_id"]), parse_title(fields["title"])
            if movie_id is None:
                self._reject("movies", row, RejectionReason.NUMBER)
            elif not title.title:
                self._reject("movies", row, RejectionReason.EMPTY_TITLE)
            elif movie_id in movies:
                self._reject("movies", row, RejectionReason.DUPLICATE_MOVIE)
            else:
                movies[movie_id] = {
                    "movie_id": movie_id,
                    "title": title.title,
                    "year": _year(fields, "year") or title.year or _year(fields, "released"),
                    "genres": _genres(fields, form.genre_separator),
                }
        return pa.Table.from_pylist([movies[key] for key in sorted(movies)], schema=MOVIES)

    def users(self, rating_users: np.ndarray) -> pa.Table:
        """One row for each of `rating_users` (ascending), with the source's data about them."""
        known: dict[int, dict[str, object]] = {}
        for row, fields in self._rows("users"):
            user_id = parse_integer(fields["user_id"])
            if user_id is None:
                self._reject("users", row, RejectionReason.NUMBER)
            elif user_id in known:
                self._reject("users", row, RejectionReason.DUPLICATE_USER)
            else:
                known[user_id] = _user_record(user_id, fields)
        people = (known.get(user_id, {"user_id": user_id}) for user_id in rating_users.tolist())
        return pa.Table.from_pylist(list(people), schema=USERS)

    def tags(self, checks: RowChecks) -> pa.Table:
        """All tags, sorted by (user, time, movie, tag)."""
        chunk: list[tuple[int, int, str, int]] = []
        batches = []
        for row, fields in self._rows("tags"):
            tag = self._tag(row, fields, checks)
            if tag is not None:
                chunk.append(tag)
            if len(chunk) == _TAG_CHUNK:
                batches.append(_tag_batch(chunk))
                chunk = []
        table = pa.Table.from_batches([*batches, _tag_batch(chunk)], schema=TAGS)
        order = ("user_id", "timestamp", "movie_id", "tag")
        return table.sort_by([(name, "ascending") for name in order])

    def links(self, checks: RowChecks) -> pa.Table:
        """Ids of movies elsewhere, by ascending movie id."""
        links: dict[int, dict[str, object]] = {}
        for row, fields in self._rows("links"):
            movie_id = parse_integer(fields["movie_id"])
            imdb, tmdb = fields["imdb_id"].strip().removeprefix("tt"), fields["tmdb_id"].strip()
            if movie_id is None or not all(part == "" or part.isdigit() for part in (imdb, tmdb)):
                self._reject("links", row, RejectionReason.NUMBER)
            elif movie_id not in checks.ids:
                self._reject("links", row, RejectionReason.ORPHAN)
            elif movie_id in links:
                self._reject("links", row, RejectionReason.DUPLICATE_LINK)
            else:
                links[movie_id] = {
                    "movie_id": movie_id,
                    "imdb_id": imdb.zfill(7) if imdb else None,
                    "tmdb_id": tmdb or None,
                }
        return pa.Table.from_pylist([links[key] for key in sorted(links)], schema=LINKS)

    def _rows(self, table: str) -> Iterator[tuple[TextRow, dict[str, str]]]:
        """Rows with the right number of fields; none if the source has no such file."""
        if table not in self.detected.files:
            return
        name = self.detected.files[table]
        with self.source.open(name) as stream:
            for row in read_rows(stream, self.detected.layout.files[table], name):
                if row.fields is None:
                    self._reject(table, row, RejectionReason.FIELDS)
                else:
                    yield row, row.fields

    def _tag(
        self, row: TextRow, fields: dict[str, str], checks: RowChecks
    ) -> tuple[int, int, str, int] | None:
        user_id, movie_id = parse_integer(fields["user_id"]), parse_integer(fields["movie_id"])
        time, tag = parse_integer(fields["timestamp"], most=2**62), fields["tag"].strip()
        if user_id is None or movie_id is None or time is None:
            fault = RejectionReason.NUMBER
        elif not tag:
            fault = RejectionReason.EMPTY_TAG
        elif not checks.is_plausible_time(time):
            fault = RejectionReason.TIMESTAMP
        elif movie_id not in checks.ids:
            fault = RejectionReason.ORPHAN
        else:
            return user_id, movie_id, tag, time
        self._reject("tags", row, fault)
        return None

    def _reject(self, table: str, row: TextRow, reason: RejectionReason) -> None:
        self.quarantine.add(
            RejectedRow(table, self.detected.files[table], row.line, reason, row.raw)
        )


def _tag_batch(rows: list[tuple[int, int, str, int]]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    arrays = [pa.array(column, field.type) for column, field in zip(columns, TAGS, strict=True)]
    return pa.record_batch(arrays, schema=TAGS)


def _year(fields: dict[str, str], column: str) -> int | None:
    """The year that a data set keeps beside the title, alone or in a date."""
    found = _YEAR.search(fields.get(column, ""))
    return int(found[0]) if found else None


def _genres(fields: dict[str, str], separator: str | None) -> list[str]:
    if separator is None:
        return parse_genres(genre for genre in FLAG_GENRES if fields[genre].strip() == "1")
    return parse_genres(fields["genres"].split(separator))


def _user_record(user_id: int, fields: dict[str, str]) -> dict[str, object]:
    age = parse_integer(fields.get("age", ""), most=_MAX_AGE)
    code = parse_integer(fields.get("occupation_code", ""), most=len(_OCCUPATIONS) - 1)
    occupation = _OCCUPATIONS[code] if code is not None else fields.get("occupation", "")
    return {
        "user_id": user_id,
        "age": age or _AGE_GROUPS.get(fields.get("age_group", "")),
        "gender": fields.get("gender", "").strip() or None,
        "occupation": occupation.strip().lower() or None,
    }
