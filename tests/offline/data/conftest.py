"""A small world of films, written to disk in every layout that MovieLens ever used."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from offline.data.import_dataset import import_dataset
from offline.data.readers.layouts import FLAG_GENRES
from offline.data.tables.dataset_metadata import DatasetMetadata
from sparrow.dataset.tables import DatasetTables
from sparrow.settings import Settings

NOW = datetime(2024, 5, 1, tzinfo=UTC)
START = 1_000_000_000

# id, title as MovieLens writes it, year, genres; and the title that must come out
FILMS = [
    (1, "Toy Story", 1995, ["Animation", "Children's", "Comedy"], "Toy Story"),
    (2, "American President, The", 1995, ["Comedy", "Drama"], "The American President"),
    (3, "Misérables, Les", 1998, ["Drama"], "Les Misérables"),
    (5, "Fast, Cheap & Out of Control", 1997, ["Documentary"], "Fast, Cheap & Out of Control"),
    (8, 'Great Performances: "Cats"', 1998, ["Musical"], 'Great Performances: "Cats"'),
    (13, "City of Lost Children, The (Cité des enfants perdus, La)", 1995, ["Sci-Fi"],
     "The City of Lost Children"),
    (21, "2001: A Space Odyssey", 1968, ["Adventure", "Sci-Fi"], "2001: A Space Odyssey"),
    (34, "Big Sleep, The", 1946, ["Film-Noir", "Mystery"], "The Big Sleep"),
    (55, "Avventura, L'", 1960, ["Drama"], "L'Avventura"),
    (89, "Silence", 1963, [], "Silence"),
    *((100 + n, f"Film {'abcdefghij'[n]}", 1980 + n, ["Drama"], f"Film {'abcdefghij'[n]}")
      for n in range(10)),
]  # fmt: skip
OCCUPATIONS = {"artist": 2, "lawyer": 11, "programmer": 12, "writer": 20}


@dataclass(frozen=True)
class World:
    """20 films, 20 users, 200 ratings; the rows in the order in which the files hold them."""

    ratings: list[tuple]
    people: list[tuple]
    tags: list[tuple]
    links: list[tuple]
    films: list[tuple]

    def with_ratings(self, *rows):
        return replace(self, ratings=[*self.ratings, *rows])


def make_world():
    ratings = [
        (user, FILMS[(user * 3 + turn * 7) % 20][0], (1 + (user + turn) % 10) / 2,
         START + (user * 7919 + turn * 104_729) % 1_000_000)
        for turn in range(10)
        for user in range(1, 21)
    ]  # fmt: skip
    occupations = list(OCCUPATIONS)
    people = [
        (user, (18, 25, 35, 56)[user % 4], "FM"[user % 2], occupations[user // 2 % 4])
        for user in range(1, 21)
    ]
    tags = [(3, 1, "toys, of course", START), (1, 34, 'so "noir"', START + 5)]
    links = [(film[0], f"{114_700 + film[0]:07d}", str(film[0] + 860)) for film in FILMS[:-1]]
    return World(ratings, people, tags, links, FILMS)


def quote(field):
    text = str(field)
    return '"' + text.replace('"', '""') + '"' if {",", '"'} & set(text) else text


def lines(rows, separator, end="\n", form=str):
    return "".join(separator.join(map(form, row)) + end for row in rows)


def named(film):
    return f"{film[1]} ({film[2]})"


def csv_files(world, end="\n", encoding="utf-8"):
    genres = ["|".join(film[3]).replace("Children's", "Children") for film in world.films]
    movies = [
        (film[0], named(film), names or "(no genres listed)")
        for film, names in zip(world.films, genres, strict=True)
    ]
    tables = {
        "ratings.csv": [("userId", "movieId", "rating", "timestamp"), *world.ratings],
        "movies.csv": [("movieId", "title", "genres"), *movies],
        "tags.csv": [("userId", "movieId", "tag", "timestamp"), *world.tags],
        "links.csv": [("movieId", "imdbId", "tmdbId"), *world.links],
    }
    return {name: lines(rows, ",", end, quote).encode(encoding) for name, rows in tables.items()}


def dat_files(world, encoding="latin-1"):
    movies = [(f[0], named(f), "|".join(f[3]) or "(no genres listed)") for f in world.films]
    people = [(user, sex, age, OCCUPATIONS[job], "12345") for user, age, sex, job in world.people]
    tables = {"ratings.dat": world.ratings, "movies.dat": movies, "users.dat": people}
    return {name: lines(rows, "::").encode(encoding) for name, rows in tables.items()}


def dat_files_with_tags(world):
    files = dat_files(world, "utf-8")
    del files["users.dat"]
    return {**files, "tags.dat": lines(world.tags, "::").encode()}


def u_files(world):
    movies = [
        (f[0], named(f), f"01-Jan-{f[2]}", "", "http://films.example/",
         *(int(genre in (f[3] or ["unknown"])) for genre in FLAG_GENRES))
        for f in world.films
    ]  # fmt: skip
    people = [(*person, "12345") for person in world.people]
    return {
        "u.data": lines(world.ratings, "\t").encode(),
        "u.item": lines(movies, "|").encode("latin-1"),
        "u.user": lines(people, "|").encode("latin-1"),
    }


def atomic_files(world):
    movies = [(f[0], f[1], f[2], " ".join(f[3]) or "unknown") for f in world.films]
    tables = {
        "ml.inter": [
            ("user_id:token", "item_id:token", "rating:float", "timestamp:float"),
            *world.ratings,
        ],
        "ml.item": [
            ("item_id:token", "movie_title:token_seq", "release_year:token", "class:token_seq"),
            *movies,
        ],
        "ml.user": [
            ("user_id:token", "age:token", "gender:token", "occupation:token"),
            *world.people,
        ],
    }
    return {name: lines(rows, "\t").encode() for name, rows in tables.items()}


LAYOUTS = {
    "csv": csv_files,
    "csv-crlf-bom": lambda world: csv_files(world, "\r\n", "utf-8-sig"),
    "dat": dat_files,
    "dat-tags": dat_files_with_tags,
    "u.data": u_files,
    "atomic": atomic_files,
}


def zipped(files, folder="") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(folder + name, data)
    return content.getvalue()


@dataclass(frozen=True)
class Lab:
    """Writes worlds and imports them into a data folder of its own."""

    folder: Path
    settings: Settings
    world: World
    console: Console

    def write(self, layout: str, world: World | None = None, **changes: bytes | None) -> Path:
        """The world as a folder; `changes` replaces a file's content, or removes it with None."""
        files = LAYOUTS[layout](world or self.world) | changes
        source = self.folder / f"source-{layout}"
        source.mkdir(exist_ok=True)
        for name, content in files.items():
            if content is not None:
                (source / name).write_bytes(content)
        return source

    def zip(self, layout: str, folder: str = "ml-small/") -> Path:
        path = self.folder / f"{layout}.zip"
        path.write_bytes(zipped(LAYOUTS[layout](self.world), folder))
        return path

    def run(self, source: Path | None, strict: bool = False) -> DatasetMetadata:
        return import_dataset(self.settings, source, strict, NOW, self.console)

    @property
    def tables(self) -> DatasetTables:
        return DatasetTables(self.settings.tables)

    def rows(self, table: str) -> list[dict]:
        return pq.read_table(self.tables.path(table)).to_pylist()

    @property
    def printed(self) -> str:
        return self.console.file.getvalue()

    @property
    def leftovers(self) -> list[str]:
        """What lies where the tables should be, but for the tables themselves."""
        parent = self.settings.tables.parent
        return [path.name for path in parent.iterdir()] if parent.exists() else []


@pytest.fixture
def lab(tmp_path) -> Lab:
    settings = Settings(data_dir=tmp_path / "data", dataset="small", _env_file=None)
    return Lab(tmp_path, settings, make_world(), Console(file=io.StringIO(), width=200))


@pytest.fixture(params=list(LAYOUTS))
def layout(request) -> str:
    return request.param


@pytest.fixture
def expected(lab) -> Callable[[str], list[dict]]:
    """The rows that a table must have, whatever the layout."""
    world = lab.world
    movies = [
        {"movie_id": movie_id, "title": title, "year": year,
         "genres": sorted(genre.replace("Children's", "Children") for genre in genres)}
        for movie_id, _, year, genres, title in sorted(world.films)
    ]  # fmt: skip
    ratings = [
        {"user_id": user, "movie_id": movie, "rating": stars, "timestamp": time}
        for user, movie, stars, time in sorted(world.ratings, key=lambda r: (r[0], r[3], r[1]))
    ]
    people = [
        {"user_id": user, "age": age, "gender": sex, "occupation": job}
        for user, age, sex, job in world.people
    ]
    tags = [
        {"user_id": user, "movie_id": movie, "tag": tag, "timestamp": time}
        for user, movie, tag, time in sorted(world.tags)
    ]
    links = [
        {"movie_id": movie, "imdb_id": imdb, "tmdb_id": tmdb} for movie, imdb, tmdb in world.links
    ]
    tables = {"movies": movies, "ratings": ratings, "users": people, "tags": tags, "links": links}
    return tables.__getitem__
