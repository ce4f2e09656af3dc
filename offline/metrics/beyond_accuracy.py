"""What lists are like apart from being right: how wide, how new, how varied, how cold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sparrow.vectors.cold_start import COLD_START_THRESHOLD


@dataclass(frozen=True)
class CatalogueStats:
    """The catalogue as lists are judged by it, movies ascending by id."""

    movies: np.ndarray  # ids (movies,), unrated ones too
    counts: np.ndarray  # ratings in the training part (movies,)
    genres: np.ndarray  # unit vectors (movies, genres); zeros where a movie has none
    users: int  # of the training part

    @classmethod
    def of(cls, movies: pd.DataFrame, train: pd.DataFrame) -> CatalogueStats:
        """From the table of movies (movie_id, genres: a list of names) and the training ratings."""
        ordered = movies.sort_values("movie_id")
        named = ordered["genres"].map(list).explode()
        hot = pd.get_dummies(named, dtype=float).groupby(level=0).max().loc[ordered.index]
        length = np.sqrt(hot.to_numpy().sum(axis=1, keepdims=True))
        counts = train["movie_id"].value_counts().reindex(ordered["movie_id"], fill_value=0)
        return cls(
            ordered["movie_id"].to_numpy(),
            counts.to_numpy(),
            hot.to_numpy() / np.maximum(length, 1.0),
            train["user_id"].nunique(),
        )


def beyond_accuracy_metrics(
    lists: pd.DataFrame, catalogue_stats: CatalogueStats, k: int
) -> dict[str, float]:
    """Figures of the first `k` movies of each list.

    coverage    share of the catalogue that is in at least one list
    novelty     mean self-information in bits, log2(users / users who rated the movie); a movie
                that nobody rated counts as rated once (Zhou et al., 2010)
    diversity   one minus the mean cosine of the genres of two movies of a list (Ziegler et al.,
                2005), over lists of two and more
    popularity  mean number of training ratings of the movies shown (ARP)
    gini        inequality of how often each movie is shown: 0 all alike, 1 one alone
    cold        share of movies shown with fewer than COLD_START_THRESHOLD training ratings

    NaN where there is nothing to judge.
    """
    shown = lists[lists["rank"] <= k]
    place = np.searchsorted(catalogue_stats.movies, shown["movie_id"])
    count = catalogue_stats.counts[place]
    times = np.bincount(place, minlength=len(catalogue_stats.movies))
    return {
        f"coverage@{k}": float((times > 0).mean()),
        f"novelty@{k}": _mean(np.log2(catalogue_stats.users / np.maximum(count, 1))),
        f"diversity@{k}": _diversity(shown["user_id"].to_numpy(), catalogue_stats.genres[place]),
        f"popularity@{k}": _mean(count),
        f"gini@{k}": _gini(times),
        f"cold@{k}": _mean(count < COLD_START_THRESHOLD),
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _diversity(user: np.ndarray, genres: np.ndarray) -> float:
    """By |Σv|² - Σ|v|², which is the sum of the cosines over all ordered pairs of a list."""
    _, row, length = np.unique(user, return_inverse=True, return_counts=True)
    total = np.zeros((len(length), genres.shape[1]))
    np.add.at(total, row, genres)
    own = np.bincount(row, weights=(genres**2).sum(axis=1), minlength=len(length))
    several = length > 1
    pairs = (length * (length - 1))[several]
    cosines = ((total**2).sum(axis=1) - own)[several]
    return _mean(1 - cosines / pairs)


def _gini(times: np.ndarray) -> float:
    ordered, n = np.sort(times), len(times)
    if not ordered.sum():
        return float("nan")
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float((weights * ordered).sum() / (n * ordered.sum()) * n / max(n - 1, 1))
