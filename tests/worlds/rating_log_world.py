"""A drawn log of ratings, for everything that is made of the past before a ranker is trained."""

from __future__ import annotations

import numpy as np

from offline.ranker.lists.feature_tables import CatalogueMetadata
from offline.ranker.lists.fit_signals import SignalConfig
from offline.ranker.lists.rating_log import RatingLog
from sparrow.features.declarations import build_feature_set
from sparrow.signals.models.fitted_signals import ItemMetadata
from sparrow.vectors.item_vectors import ItemVectors

GENRES = ("Comedy", "Drama", "Film-Noir")
FEATURES = build_feature_set(GENRES)
MOVIES = 60
START, SPAN = 880_000_000, 200 * 86_400
CONFIG = SignalConfig(seed=11, like_threshold=3.5, genre_names=GENRES)
MOVIE_IDS = np.arange(MOVIES) * 3 + 5


def drawn_ratings(users: int = 120, seed: int = 1) -> dict[str, np.ndarray]:
    """Columns of ratings in no order: users join all the time, rate a page, and come back.

    Even users rate even movies twice as often, and like them; some rate a page in one second.
    """
    random = np.random.default_rng(seed)
    columns: list[np.ndarray] = []
    for user in range(users):
        weight = np.where(np.arange(MOVIES) % 2 == user % 2, 2.0, 1.0)
        count = int(random.integers(2, 30))
        movie = random.choice(MOVIES, count, replace=False, p=weight / weight.sum())
        joined = START + int(SPAN * user / users) + int(random.integers(3_000))
        pause = random.integers(0, 60, count) * (user % 5 > 0)
        pause[random.random(count) < 0.1] += 20 * 86_400
        stars = np.where(movie % 2 == user % 2, 4.0, 2.5) + random.integers(0, 3, count) / 2
        columns.append(
            np.stack([np.full(count, 900 + user), movie, stars, joined + np.cumsum(pause)])
        )
    user_id, item_index, rating, timestamp = np.hstack(columns)
    mixed = random.permutation(len(rating))
    return {
        "user_id": user_id.astype(np.int64)[mixed],
        "item_index": item_index.astype(np.int64)[mixed],
        "rating": rating.astype(np.float32)[mixed],
        "timestamp": timestamp.astype(np.int64)[mixed],
    }


def drawn_log(users: int = 120, seed: int = 1) -> RatingLog:
    """`drawn_ratings` as the log that queries are made of."""
    return RatingLog.of(**drawn_ratings(users, seed))


def catalogue() -> tuple[CatalogueMetadata, ItemMetadata]:
    """Of the movies of the log: all dated but one, with one or two genres and a content vector."""
    index = np.arange(MOVIES)
    bits = (1 << index % 3) | (1 << index % 2)
    year = np.where(index == 7, np.nan, 1960.0 + index).astype(np.float32)
    genres = (bits[:, None] >> np.arange(len(GENRES)) & 1).astype(np.float32)
    content = np.random.default_rng(2).normal(size=(MOVIES, 4)).astype(np.float32)
    vectors = ItemVectors(content, np.ones(MOVIES, dtype=bool))
    facts = CatalogueMetadata(MOVIE_IDS, bits, year)
    return facts, ItemMetadata(genres, year.astype(np.float64), vectors)
