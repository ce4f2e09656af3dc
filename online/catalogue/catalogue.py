"""The catalogue of one release in memory: movies as arrays, in ascending order of their id."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from online.catalogue.charts import build_charts, new_arrivals
from online.catalogue.duplicates import Duplicates
from online.catalogue.item_filter import SubsetCache
from online.catalogue.search.title_index import SearchIndex
from online.catalogue.search.title_query import words
from online.runtime.arrow import to_numpy
from online.types import ChartName, Movie, Rating, Sort
from sparrow.arrays import Int, index_of, unit_rows
from sparrow.errors import InvalidRequestError, NotFoundError, ReleaseError
from sparrow.features.declarations import Entity
from sparrow.release.release_folder import Release
from sparrow.signals.loading import load_signals
from sparrow.signals.models.fitted_signals import FittedSignals
from sparrow.signals.models.item_stats import ItemStats
from sparrow.signals.models.rating_predictor import RatingPredictor
from sparrow.vectors.cold_start import COLD_START_THRESHOLD
from sparrow.vectors.item_vectors import ItemVectors

_COLUMNS = [field.name for field in fields(Movie)]


@dataclass(frozen=True)
class Catalogue:
    """All that requests read of movies; a *position* is a row of every array here."""

    ids: Int  # (movies,) ascending
    movies: tuple[Movie, ...]
    genre_names: tuple[str, ...]  # as in the feature set
    like_threshold: float  # stars from which a rating is a like
    genres: np.ndarray  # (movies, genres) bool
    genre_units: np.ndarray  # (movies, genres) float64, rows of `genres` with length 1 (or 0)
    stats: ItemStats
    fitted: FittedSignals  # what the signals of all users are computed with
    features: Mapping[str, np.ndarray]  # movie features by name, first axis movies
    vectors: Mapping[str, ItemVectors]  # by embedding
    as_of: int  # seconds since 1970: one after the last event that the release knows
    charts: Mapping[ChartName, Int]
    new_arrivals: Int  # positions of what is new in the catalogue, the newest first
    cold: np.ndarray  # (movies,) bool: too few rated it for what is learnt from ratings
    orders: Mapping[Sort, Int]  # all movies, as browsing sorts them
    duplicates: Duplicates  # movies that have several ids
    titles: SearchIndex
    ratings: pa.Array  # top ratings, a list of structs per movie
    star_counts: np.ndarray  # (movies, 10) how many gave half a star, one, … five
    rating_predictor: RatingPredictor

    @classmethod
    def load(cls, release: Release) -> Catalogue:
        """Read the movies of a release.

        Raises ReleaseError when a file is missing or does not fit the others.
        """
        try:
            # and not pq.read_table, which takes pyarrow.dataset along, and that pandas
            with pq.ParquetFile(release.root / "movies.parquet") as file:
                table = file.read()
            movies = tuple(_movie(row) for row in table.select(_COLUMNS).to_pylist())
            ids = np.array([movie.movie_id for movie in movies], dtype=np.int64)
            features = _features(release, len(movies))
            vectors = {
                name: ItemVectors.load(release.root / "embeddings" / name, ids)
                for name in release.manifest.embeddings
            }
            stats = _stats(movies, table, features, release.manifest.as_of)
            genres = _genres(movies, release.features.genres)
            fitted = load_signals(release.root, ids, genres, stats, vectors)
            rating_predictor = RatingPredictor.load(release.root / "rating_predictor.npz")
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise ReleaseError(
                f"The movies of release {release.manifest.id} cannot be read ({error}): run "
                "`sparrow publish`, or activate another release."
            ) from error
        charts = build_charts(stats)
        titles = [" ".join(words(movie.title)) for movie in movies]
        return cls(
            ids=ids,
            movies=movies,
            genre_names=release.features.genres,
            like_threshold=release.features.like_threshold,
            genres=genres,
            genre_units=unit_rows(genres),
            stats=stats,
            fitted=fitted,
            features=features,
            vectors=vectors,
            as_of=release.manifest.as_of,
            charts=charts,
            new_arrivals=new_arrivals(stats),
            cold=stats.count < COLD_START_THRESHOLD,
            orders=_orders(titles, stats),
            duplicates=Duplicates.find(movies, titles, stats),
            titles=SearchIndex(
                [movie.title for movie in movies],
                [movie.year for movie in movies],
                charts["popular"],
            ),
            ratings=table.column("top_ratings").combine_chunks(),
            star_counts=np.array(table["star_counts"].to_pylist(), dtype=np.int64),
            rating_predictor=rating_predictor,
        )

    def __len__(self) -> int:
        return len(self.ids)

    def check_genres(self, field: str, genres: Iterable[str]) -> None:
        """Raises InvalidRequestError, naming the valid genres, if one of `genres` is unknown."""
        for genre in genres:
            if genre not in self.genre_names:
                valid = ", ".join(self.genre_names)
                raise InvalidRequestError(field, f"Expected one of {valid}, got {genre}.")

    @cached_property
    def subsets(self) -> SubsetCache:
        """The movies that queries ask about."""
        return SubsetCache(
            {name: self.in_genre(name) for name in self.genre_names},
            self.stats,
            self.cold,
            self.duplicates,
            dict([*self.charts.items(), ("new_arrivals", self.new_arrivals)]),
        )

    @cached_property
    def genre_shares(self) -> np.ndarray:
        """Share of all ratings that movies of each genre have: (genres,)."""
        return np.asarray(self.stats.count @ self.genres / max(self.stats.count.sum(), 1))

    @cached_property
    def main_genre(self) -> Int:
        """The genre that says most of each movie, as a place in `genre_names`; -1 for none.

        Of its genres the one that names the taste it belongs to most, else the rarest.
        """
        affinity = np.zeros(self.genres.shape)  # a movie's to the tastes that a genre names
        tastes = self.fitted.tastes
        for name, own in [] if tastes is None else zip(tastes.names, tastes.affinity, strict=True):
            for genre in name.genres:
                place = self.genre_names.index(genre)
                affinity[:, place] = np.maximum(affinity[:, place], own)
        value = np.where(self.genres, 1.0 + affinity - 1e-3 * self.genre_shares, 0.0)
        return np.where(self.genres.any(axis=1), value.argmax(axis=1), -1)

    def item_index(self, ids: Iterable[int] | Int) -> Int:
        """Positions of the given movie ids that exist, in the order given."""
        wanted = np.asarray(ids if isinstance(ids, np.ndarray) else list(ids), dtype=np.int64)
        rows: Int = index_of(wanted, self.ids)
        return rows[rows >= 0]

    def item_index_all_ids(self, ids: Iterable[int] | Int) -> Int:
        """The same, and behind them the positions of these movies under their other ids."""
        return self.duplicates.with_duplicates(self.item_index(ids))

    def has(self, ids: Int | int) -> np.ndarray:
        """Which of these movie ids there are: (n,) bool."""
        return index_of(np.asarray(ids), self.ids) >= 0

    def item(self, movie_id: int) -> int:
        """Position of one movie; NotFoundError when there is none with this id."""
        found = self.item_index([movie_id])
        if len(found) == 0:
            raise NotFoundError(f"There is no movie {movie_id}.")
        return int(found[0])

    def representative_ids(self, ids: Int) -> Int:
        """For each of these movie ids, which exist, the id that represents its movie."""
        if not self.duplicates:
            return ids
        return self.ids[self.duplicates.representatives(self.item_index(ids))]

    def movies_at(self, item_index: Iterable[int] | Int) -> tuple[Movie, ...]:
        """The movies at these positions."""
        return tuple(self.movies[item] for item in item_index)

    def in_genre(self, genre: str) -> np.ndarray:
        """Which movies are of a genre of `genre_names`: `(movies,)` bool."""
        column: np.ndarray = self.genres[:, self.genre_names.index(genre)]
        return column

    def top_ratings(self, item: int) -> tuple[Rating, ...]:
        """Up to ten of a movie's ratings, best first."""
        movie_id = int(self.ids[item])
        return tuple(
            Rating(rating["user_id"], movie_id, rating["score"], rating["timestamp"])
            for rating in self.ratings[item].as_py() or ()
        )


def _stats(
    movies: tuple[Movie, ...], table: pa.Table, features: Mapping[str, np.ndarray], as_of: int
) -> ItemStats:
    return ItemStats(
        count=np.array([movie.rating_count for movie in movies], dtype=np.int64),
        mean=np.array([np.nan if m.rating_mean is None else m.rating_mean for m in movies]),
        last_month=np.nan_to_num(features["movie_recent_count"]).astype(np.int64),
        last_week=to_numpy(table["rated_last_week"]),
        first_rated=np.array(table["first_rated"].to_pylist(), dtype=np.float64),  # None is NaN
        year=np.array([movie.year or np.nan for movie in movies]),
        as_of=as_of,
    )


def _genres(movies: tuple[Movie, ...], names: Sequence[str]) -> np.ndarray:
    flags = np.array([[name in movie.genres for name in names] for movie in movies], dtype=bool)
    return flags.reshape(len(movies), len(names))


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


def _orders(titles: list[str], stats: ItemStats) -> dict[Sort, Int]:
    return {
        "popularity": np.argsort(-stats.count, kind="stable"),
        "rating": np.lexsort((-stats.count, -stats.bayesian_average)),
        "year": np.lexsort((-stats.count, -np.nan_to_num(stats.year))),
        "title": np.array(sorted(range(len(titles)), key=titles.__getitem__), dtype=np.int64),
    }


def _movie(row: dict[str, Any]) -> Movie:
    mean = row["rating_mean"]
    # float32 has seven digits: the double of 3.9 would read 3.9000000953674316
    known_mean = None if mean is None or math.isnan(mean) else round(mean, 6)
    return Movie(**{**row, "genres": tuple(row["genres"]), "rating_mean": known_mean})
