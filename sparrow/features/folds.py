"""Folds: an entity's features as of any moment, from what a row sees of its events.

Spark calls a fold with the times of the events themselves (training rows), the server calls it
with now (the serving row). It is the same function, so training and serving cannot drift apart, and
by `PastEvents` later events cannot reach an earlier row. All folds are vectorised: each result has
the rows of the visibility as its first axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sparrow.arrays import Int
from sparrow.features.declarations import HISTORY_LENGTH, PADDING, FeatureSet
from sparrow.features.visibility import EventVisibility
from sparrow.units import DAY, WEEK, YEAR, hour_of, weekday_of

Rows = Mapping[str, np.ndarray]

RECENT_DAYS = 30
SMOOTHING = 5.0  # how many ratings' weight a prior has against what was observed
LIKE_PRIOR = 0.5
EPOCH_YEAR = 1970.0


def _count_mean_std(
    values: np.ndarray, known: np.ndarray, visibility: EventVisibility
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count, mean and standard deviation of the known ones among the seen values.

    Mean and deviation are NaN where there is none. Values are centred first, so that the
    difference of squares keeps its digits.
    """
    centre = float(values[known][0]) if known.any() else 0.0
    centred = np.where(known, values - centre, 0.0)
    count = visibility.cumulative_sum(known)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = visibility.cumulative_sum(centred) / count
        square = visibility.cumulative_sum(centred * centred) / count
        return count, mean + centre, np.sqrt(np.maximum(square - mean * mean, 0.0))


def _smoothed_like_rate(liked: np.ndarray, visibility: EventVisibility) -> np.ndarray:
    return (visibility.cumulative_sum(liked) + SMOOTHING * LIKE_PRIOR) / (
        visibility.count() + SMOOTHING
    )


def genre_flags(bits: Int, features: FeatureSet) -> np.ndarray:
    """Multi-hot genres from bits: `(n,)` → float32 `(n, features.genre_length)`."""
    return ((bits[:, None] >> np.arange(features.genre_length)) & 1).astype(np.float32)


def user_rows(visibility: EventVisibility, features: FeatureSet) -> Rows:
    """What the ratings that each row sees of a user tell.

    Returns every behavioural feature of `Entity.USER`; the id and demographics are not behaviour.
    """
    events, seen = visibility.events, visibility.count()
    rating = events.rating.astype(np.float64)
    everything = np.ones(len(events), dtype=bool)
    count, mean, deviation = _count_mean_std(rating, everything, visibility)
    year = events.year.astype(np.float64)
    _, year_mean, year_deviation = _count_mean_std(year, ~np.isnan(year), visibility)
    liked = events.rating >= features.like_threshold
    flags = genre_flags(events.genres, features)  # (events, genres)
    genre_count = visibility.cumulative_sum(flags)  # (rows, genres)
    genre_sum = visibility.cumulative_sum(flags * rating[:, None])
    known_mean = np.nan_to_num(mean)[:, None]
    taste = (genre_sum - genre_count * known_mean) / (genre_count + SMOOTHING)
    nearest = visibility.nearest_events(HISTORY_LENGTH)
    return {
        "user_recent_movies": _take_or_default(events.movie_id, nearest, PADDING),
        "user_recent_ratings": _take_or_default(events.rating, nearest, np.nan),
        "user_rating_count": count,
        "user_rating_mean": mean,
        "user_rating_std": deviation,
        "user_like_rate": _smoothed_like_rate(liked, visibility),
        "user_genre_taste": taste,
        "user_genre_share": genre_count / np.maximum(seen, 1)[:, None],
        "user_year_mean": year_mean,
        "user_year_std": year_deviation,
    }


def _take_or_default(values: np.ndarray, position: Int, nothing: float) -> np.ndarray:
    """Values at these positions, `nothing` at MISSING_EVENT, which reads what is appended."""
    padded = np.append(values, np.array([nothing], dtype=values.dtype))
    taken: np.ndarray = padded[position]
    return taken


@dataclass(frozen=True)
class PopularityHistogram:
    """How many movies had at least so many ratings at the start of each calendar week.

    A movie's popularity rank needs every other movie's count; this small table is all a fold has to
    know of them. Weeks are counted from 1970, so a table's rows do not depend on later data.
    """

    weeks: Int  # (w,) ascending
    thresholds: np.ndarray  # (k,) ascending counts, the first is 1
    movies: np.ndarray  # (w, k): movies with at least thresholds[k] ratings before weeks[w]

    def rank(self, count: np.ndarray, at: Int) -> np.ndarray:
        """Share of rated movies with at least `count` ratings; 1 for an unrated movie."""
        row = np.searchsorted(self.weeks, at // WEEK, side="right") - 1
        column = np.searchsorted(self.thresholds, count, side="right") - 1
        known = (row >= 0) & (column >= 0)
        row, column = np.maximum(row, 0), np.maximum(column, 0)
        rated = self.movies[row, 0]
        share = self.movies[row, column] / np.maximum(rated, 1)
        return np.where(known & (rated > 0), share, 1.0)


def popularity_thresholds() -> np.ndarray:
    """Counts from 1 to a billion, 15 % apart: the resolution of a popularity rank."""
    return np.unique(np.round(1.15 ** np.arange(149)).astype(np.int64))


def threshold_crossings(timestamp: Int, thresholds: np.ndarray) -> tuple[np.ndarray, Int]:
    """Which thresholds a movie with ratings at these (ascending) times reached, and in which week.

    The popularity curve is the sum of all movies' threshold_crossings.
    """
    reached = thresholds[thresholds <= len(timestamp)]
    return np.arange(len(reached)), timestamp[reached - 1] // WEEK


def popularity_histogram(column: np.ndarray, week: Int, count: np.ndarray) -> PopularityHistogram:
    """The histogram of `count` crossings of threshold `column` in `week` (parallel arrays)."""
    thresholds = popularity_thresholds()
    weeks = np.unique(week) + 1  # a crossing is known from the next week on
    table = np.zeros((len(weeks), len(thresholds)), dtype=np.int64)
    np.add.at(table, (np.searchsorted(weeks, week + 1), column), count)
    return PopularityHistogram(weeks, thresholds, np.cumsum(table, axis=0))


def movie_rows(
    visibility: EventVisibility, year: float, curve: PopularityHistogram, features: FeatureSet
) -> Rows:
    """What the ratings that each row sees of a movie tell; `year` is NaN if unknown.

    Returns every behavioural feature of `Entity.MOVIE`; id, year and genres are not behaviour. The
    last days' ratings are those before the row, however much it sees.
    """
    events, at = visibility.events, visibility.at
    rating = events.rating.astype(np.float64)
    count, mean, deviation = _count_mean_std(rating, np.ones(len(events), dtype=bool), visibility)
    return {
        "movie_rating_count": count,
        "movie_rating_mean": mean,
        "movie_rating_std": deviation,
        "movie_like_rate": _smoothed_like_rate(
            events.rating >= features.like_threshold, visibility
        ),
        "movie_recent_count": events.count_before(at) - events.count_before(at - RECENT_DAYS * DAY),
        "movie_popularity_rank": curve.rank(count, visibility.cutoff_time),
        "movie_age": np.maximum(EPOCH_YEAR + at / YEAR - year, 0.0),
    }


def context_rows(at: Int) -> Rows:
    """Hour and weekday, UTC, of each time of `at`."""
    return {"context_hour": hour_of(at), "context_weekday": weekday_of(at)}
