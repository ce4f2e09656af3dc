"""The layouts of MovieLens files, distinguished by the files that are present."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath

from offline.data.readers.raw_files import RawSource
from sparrow.errors import DataError

# The flags of u.item, in the order that the data set's README gives.
FLAG_GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
# What headers call our columns, lower case.
HEADER_NAMES = {
    "userid": "user_id",
    "movieid": "movie_id",
    "item_id": "movie_id",
    "movie_title": "title",
    "release_year": "year",
    "class": "genres",
    "genre": "genres",
    "imdbid": "imdb_id",
    "tmdbid": "tmdb_id",
}
RATING_COLUMNS = ("user_id", "movie_id", "rating", "timestamp")
TAG_COLUMNS = ("user_id", "movie_id", "tag", "timestamp")


@dataclass(frozen=True)
class FileFormat:
    """How one file is written.

    pattern: the file's name, `*` for any.
    separator: between fields; only a comma allows quotes.
    needs: columns that must be there.
    columns: all columns in order; None: the first line names them.
    genre_separator: within the column of genres; None: one column of 0/1 for each genre.
    """

    pattern: str
    separator: str
    needs: tuple[str, ...]
    columns: tuple[str, ...] | None = None
    genre_separator: str | None = "|"


@dataclass(frozen=True)
class Layout:
    """The files of one way to lay a data set out, by table; movies and ratings must be present."""

    name: str
    files: dict[str, FileFormat]

    def required(self) -> list[str]:
        """Names of the files without which this layout is not recognised."""
        return [self.files[table].pattern for table in ("ratings", "movies")]

    def match(self, names: list[str]) -> dict[str, str]:
        """The file for each table among `names`, all of one folder; {} if it is not this layout."""
        found = {}
        for table, form in self.files.items():
            hits = [name for name in names if fnmatch(PurePosixPath(name).name, form.pattern)]
            if len(hits) == 1:
                found[table] = hits[0]
        return found if {"ratings", "movies"} <= found.keys() else {}


def _headerless(pattern: str, separator: str, *columns: str) -> FileFormat:
    return FileFormat(pattern, separator, columns, columns)


LAYOUTS = (
    Layout(
        "csv",
        {
            "ratings": FileFormat("ratings.csv", ",", RATING_COLUMNS),
            "movies": FileFormat("movies.csv", ",", ("movie_id", "title", "genres")),
            "tags": FileFormat("tags.csv", ",", TAG_COLUMNS),
            "links": FileFormat("links.csv", ",", ("movie_id", "imdb_id", "tmdb_id")),
        },
    ),
    Layout(
        "dat",
        {
            "ratings": _headerless("ratings.dat", "::", *RATING_COLUMNS),
            "movies": _headerless("movies.dat", "::", "movie_id", "title", "genres"),
            "users": _headerless(
                "users.dat", "::", "user_id", "gender", "age_group", "occupation_code", "zip"
            ),
            "tags": _headerless("tags.dat", "::", *TAG_COLUMNS),
        },
    ),
    Layout(
        "u.data",
        {
            "ratings": _headerless("u.data", "\t", *RATING_COLUMNS),
            "movies": FileFormat(
                "u.item",
                "|",
                ("movie_id", "title"),
                ("movie_id", "title", "released", "released_on_video", "imdb_url", *FLAG_GENRES),
                genre_separator=None,
            ),
            "users": _headerless("u.user", "|", "user_id", "age", "gender", "occupation", "zip"),
        },
    ),
    Layout(
        "atomic",
        {
            "ratings": FileFormat("*.inter", "\t", RATING_COLUMNS),
            "movies": FileFormat(
                "*.item", "\t", ("movie_id", "title", "genres"), genre_separator=" "
            ),
            "users": FileFormat("*.user", "\t", ("user_id",)),
        },
    ),
)


@dataclass(frozen=True)
class DetectedLayout:
    """A recognised layout and the path inside the source of the file for each table."""

    layout: Layout
    files: dict[str, str]


def detect_layout(source: RawSource) -> DetectedLayout:
    """Recognise the layout in the source's shallowest folder that has one.

    Raises `DataError` naming the files that were looked for, or the folders to choose from.
    """
    folders: dict[PurePosixPath, list[str]] = defaultdict(list)
    for name in source.names():
        folders[PurePosixPath(name).parent].append(name)
    found = [
        (len(folder.parts), str(folder), DetectedLayout(layout, files))
        for folder, names in folders.items()
        for layout in LAYOUTS
        if (files := layout.match(names))
    ]
    if not found:
        expected = ", or ".join(" and ".join(layout.required()) for layout in LAYOUTS)
        raise DataError(f"No MovieLens data in {source.place}: looked for {expected}.")
    shallowest = [entry for entry in found if entry[0] == min(depth for depth, _, _ in found)]
    if len(shallowest) > 1:
        choice = ", ".join(f"{folder} ({hit.layout.name})" for _, folder, hit in shallowest)
        raise DataError(f"More than one data set in {source.place}: {choice}. Give one of them.")
    return shallowest[0][2]


def header_columns(line: str) -> tuple[str, ...]:
    """Our names for the columns that a header line gives, with or without `:type` behind each."""
    separator = "\t" if "\t" in line else ","
    names = (field.strip().strip('"').partition(":")[0] for field in line.split(separator))
    return tuple(canonical_column(name) for name in names)


def canonical_column(column: str) -> str:
    """What we call a column that a header calls so."""
    return HEADER_NAMES.get(column.lower(), column.lower())
