"""The catalogue of one release in memory: movies as arrays, in ascending order of their id."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from online.charts import arrivals, make_charts
from online.columns import numbers
from online.duplicates import Duplicates
from online.relations import Relations
from online.scope import Scopes
from online.search import SearchIndex
from online.search_query import words
from online.types import ChartName, Movie, Rating, Sort
from sparrow.cold import COLD
from sparrow.errors import NotFoundError, ReleaseError
from sparrow.events import Int
from sparrow.evidence import MovieFigures, crowd, most_rated, shrunk_mean
from sparrow.features import Entity
from sparrow.release import Release
from sparrow.similarity import Similarity
from sparrow.stars import StarTable
from sparrow.vectors import Vectors

_COLUMNS = [field.name for field in fields(Movie)]

_Learnt = tuple[
    Mapping[str, np.ndarray], Mapping[str, Vectors], Mapping[str, Similarity], StarTable
]


@dataclass(frozen=True)
class Catalogue:
    """All that requests read of movies; a *position* is a row of every array here."""

    ids: Int  # (movies,) ascending
    movies: tuple[Movie, ...]
    genre_names: tuple[str, ...]  # as in the feature set
    like_threshold: float  # stars from which a rating is a like
    genres: np.ndarray  # (movies, genres) bool
    genre_units: np.ndarray  # (movies, genres) float64, rows of `genres` with length 1 (or 0)
    figures: MovieFigures
    quality: np.ndarray  # (movies,) mean rating, shrunk
    features: Mapping[str, np.ndarray]  # movie features by name, first axis movies
    vectors: Mapping[str, Vectors]  # by embedding
    similarities: Mapping[str, Relations]  # by what is watched together, the flow's first
    as_of: int  # seconds since 1970: one after the last event that the release knows
    crowd: Mapping[str, np.ndarray]  # evidence that is the same for everybody, (movies,) each
    most_rated: Int  # positions of the movies that set the scale of all evidence
    charts: Mapping[ChartName, Int]
    arrivals: Int  # positions of what is new in the catalogue, the newest first
    cold: np.ndarray  # (movies,) bool: too few rated it for what is learnt from ratings
    orders: Mapping[Sort, Int]  # all movies, as browsing sorts them
    duplicates: Duplicates  # movies that have several ids
    titles: SearchIndex
    ratings: pa.Array  # top ratings, a list of structs per movie
    star_counts: np.ndarray  # (movies, 10) how many gave half a star, one, … five
    stars: StarTable

    @classmethod
    def load(cls, release: Release) -> Catalogue:
        """Read the movies of a release.

        Raises ReleaseError when a file is missing or does not fit the others.
        """
        try:
            # and not pq.read_table, which takes pyarrow.dataset along, and that pandas
            with pq.ParquetFile(release.root / "movies.parquet") as file:
                table = file.read()
            features = _features(release, table.num_rows)
            ids = numbers(table["movie_id"])
            vectors = {
                name: Vectors.load(release.root / "embeddings" / name, ids)
                for name in release.manifest.embeddings
            }
            similarities = {
                name: Similarity.load(release.root / "similarities" / name)
                for name in release.manifest.similarities
            }
            stars = StarTable.load(release.root / "stars.npz")
        except (OSError, ValueError, pa.ArrowException) as error:
            raise ReleaseError(
                f"The movies of release {release.manifest.id} cannot be read ({error}): run "
                "`sparrow publish`, or activate another release."
            ) from error
        return cls._build(release, table, (features, vectors, similarities, stars))

    @classmethod
    def _build(
        cls,
        release: Release,
        table: pa.Table,
        learnt: _Learnt,
    ) -> Catalogue:
        features, vectors, similarities, stars = learnt
        declared = release.features
        movies = tuple(_movie(row) for row in table.select(_COLUMNS).to_pylist())
        ids = np.array([movie.movie_id for movie in movies], dtype=np.int64)
        figures = _figures(movies, table, features)
        quality = shrunk_mean(figures.count, figures.mean)
        charts = make_charts(figures)
        titles = [" ".join(words(movie.title)) for movie in movies]
        genres = np.array(
            [[name in movie.genres for name in declared.genres] for movie in movies], dtype=bool
        ).reshape(len(movies), len(declared.genres))
        return cls(
            ids=ids,
            movies=movies,
            genre_names=declared.genres,
            like_threshold=declared.like_threshold,
            genres=genres,
            genre_units=genres / np.maximum(np.linalg.norm(genres, axis=1, keepdims=True), 1.0),
            figures=figures,
            quality=quality,
            features=features,
            vectors=vectors,
            similarities={n: Relations.aligned(s, ids) for n, s in similarities.items()},
            as_of=release.manifest.as_of,
            crowd=crowd(figures, release.manifest.as_of),
            most_rated=np.flatnonzero(most_rated(figures.count)),
            charts=charts,
            arrivals=arrivals(figures, release.manifest.as_of),
            cold=figures.count < COLD,
            orders=_orders(titles, figures, quality),
            duplicates=Duplicates.among(movies, titles, figures),
            titles=SearchIndex(
                [movie.title for movie in movies],
                [movie.year for movie in movies],
                charts["popular"],
            ),
            ratings=table.column("top_ratings").combine_chunks(),
            star_counts=np.array(table["star_counts"].to_pylist(), dtype=np.int64),
            stars=stars,
        )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def scopes(self) -> Scopes:
        """The movies that queries ask about."""
        return Scopes(
            {name: self.in_genre(name) for name in self.genre_names},
            self.figures,
            self.cold,
            self.duplicates,
            dict([*self.charts.items(), ("arrivals", self.arrivals)]),
        )

    @property
    def similarity(self) -> Relations | None:
        """The first of the release's similarities; a release may have none."""
        return next(iter(self.similarities.values()), None)

    def positions(self, ids: Iterable[int] | Int) -> Int:
        """Positions of the given movie ids that exist, in the order given."""
        wanted = np.asarray(ids if isinstance(ids, np.ndarray) else list(ids), dtype=np.int64)
        row = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        known: Int = row[self.ids[row] == wanted]
        return known

    def every_id(self, ids: Iterable[int] | Int) -> Int:
        """The same, and behind them the positions of these movies under their other ids."""
        return self.duplicates.with_others(self.positions(ids))

    def has(self, ids: Int) -> np.ndarray:
        """Which of these movie ids there are: (n,) bool."""
        row = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.asarray(self.ids[row] == ids)

    def position(self, movie_id: int) -> int:
        """Position of one movie; NotFoundError when there is none with this id."""
        found = self.positions([movie_id])
        if len(found) == 0:
            raise NotFoundError(f"There is no movie {movie_id}.")
        return int(found[0])

    def representative_ids(self, ids: Int) -> Int:
        """For each of these movie ids, which exist, the id that represents its movie."""
        if not self.duplicates:
            return ids
        return self.ids[self.duplicates.representatives(self.positions(ids))]

    def pick(self, positions: Iterable[int] | Int) -> tuple[Movie, ...]:
        """The movies at these positions."""
        return tuple(self.movies[position] for position in positions)

    def in_genre(self, genre: str) -> np.ndarray:
        """Which movies are of a genre of `genre_names`: `(movies,)` bool."""
        column: np.ndarray = self.genres[:, self.genre_names.index(genre)]
        return column

    def top_ratings(self, position: int) -> tuple[Rating, ...]:
        """Up to ten of a movie's ratings, best first."""
        movie_id = int(self.ids[position])
        return tuple(
            Rating(rating["user_id"], movie_id, rating["score"], rating["timestamp"])
            for rating in self.ratings[position].as_py() or ()
        )


def _figures(
    movies: tuple[Movie, ...], table: pa.Table, features: Mapping[str, np.ndarray]
) -> MovieFigures:
    return MovieFigures(
        count=np.array([movie.rating_count for movie in movies], dtype=np.int64),
        mean=np.array([np.nan if m.rating_mean is None else m.rating_mean for m in movies]),
        last_month=np.nan_to_num(features["movie_recent_count"]),
        last_week=numbers(table["rated_last_week"]),
        first_rated=np.array(table["first_rated"].to_pylist(), dtype=np.float64),  # None is NaN
        year=np.array([movie.year or np.nan for movie in movies]),
    )


def _features(release: Release, count: int) -> dict[str, np.ndarray]:
    arrays = {}
    for feature in release.features.of(Entity.MOVIE):
        file = release.root / "movie_features" / f"{feature.name}.npy"
        # mapped: processes on one machine share the pages
        array = np.ascontiguousarray(np.load(file, mmap_mode="r"), dtype=feature.dtype)
        shape = (count, feature.length) if feature.length > 1 else (count,)
        if array.shape != shape:
            raise ValueError(f"{file.name}: expected shape {shape}, got {array.shape}")
        arrays[feature.name] = array
    return arrays


def _orders(titles: list[str], figures: MovieFigures, quality: np.ndarray) -> dict[Sort, Int]:
    return {
        "popularity": np.argsort(-figures.count, kind="stable"),
        "rating": np.lexsort((-figures.count, -quality)),
        "year": np.lexsort((-figures.count, -np.nan_to_num(figures.year))),
        "title": np.array(sorted(range(len(titles)), key=titles.__getitem__), dtype=np.int64),
    }


def _movie(row: dict[str, Any]) -> Movie:
    mean = row["rating_mean"]
    # float32 has seven digits: the double of 3.9 would read 3.9000000953674316
    known_mean = None if mean is None or math.isnan(mean) else round(mean, 6)
    return Movie(**{**row, "genres": tuple(row["genres"]), "rating_mean": known_mean})
