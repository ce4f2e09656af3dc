"""Feature rows of users and movies as of a moment of the past, by the folds that serving uses."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from offline.ranker.lists.rating_log import RatingLog
from sparrow.arrays import Int
from sparrow.features.declarations import Entity, FeatureSet
from sparrow.features.folds import (
    genre_flags,
    movie_rows,
    popularity_histogram,
    popularity_thresholds,
    threshold_crossings,
    user_rows,
)
from sparrow.features.rating_events import Events
from sparrow.features.visibility import PastEvents
from sparrow.signals.values.history import History


@dataclass(frozen=True)
class CatalogueMetadata:
    """What folds read of movies, arrays (movies,)."""

    movie_ids: Int  # ascending
    genre_bits: Int
    year: np.ndarray  # float32, NaN where unknown

    def events(self, item_index: Int, rating: np.ndarray, timestamp: Int) -> Events:
        """Ratings in time order as the folds take them."""
        return Events(
            timestamp,
            self.movie_ids[item_index],
            rating,
            self.genre_bits[item_index],
            self.year[item_index],
        )


def user_row(
    history: History, user_id: int, facts: CatalogueMetadata, features: FeatureSet
) -> np.ndarray:
    """(1,) row of `FeatureSet.row_dtype(USER)`: features of the rated part of a history."""
    rated = ~np.isnan(history.rating)
    columns = (history.item_index, history.rating, history.timestamp)
    events = facts.events(*(column[rated] for column in columns))
    row = features.empty_rows(Entity.USER, 1)
    row["user_id"] = user_id
    for name, values in user_rows(PastEvents(events, np.array([history.at])), features).items():
        row[name] = values
    return row


def movie_table(
    known: RatingLog, as_of: int, facts: CatalogueMetadata, features: FeatureSet
) -> np.ndarray:
    """(movies,) rows of `FeatureSet.row_dtype(MOVIE)` as of a cut."""
    order = np.argsort(known.item_index, kind="stable")  # in time order within each
    movies = len(facts.movie_ids)
    bounds = np.searchsorted(known.item_index[order], np.arange(movies + 1))
    places = [order[start:end] for start, end in itertools.pairwise(bounds)]
    thresholds = popularity_thresholds()
    reached = [threshold_crossings(known.timestamp[own], thresholds) for own in places if len(own)]
    columns, weeks = (np.concatenate(parts) for parts in zip(*reached, strict=True))
    curve = popularity_histogram(columns, weeks, np.ones(len(columns), dtype=np.int64))
    table = features.empty_rows(Entity.MOVIE, movies)
    table["movie_id"], table["movie_year"] = facts.movie_ids, facts.year
    table["movie_genres"] = genre_flags(facts.genre_bits, features)
    at = np.array([as_of])
    for movie, own in enumerate(places):
        events = facts.events(known.item_index[own], known.rating[own], known.timestamp[own])
        rows = movie_rows(PastEvents(events, at), float(facts.year[movie]), curve, features)
        for name, values in rows.items():
            table[name][movie] = values[0]
    return table
