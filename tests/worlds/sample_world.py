"""Training samples of small worlds with a known answer, in the layout of the samples step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from offline.factorisation.biased_mf import MatrixFactorConfig, RatingTriples, fit_matrix_factors
from offline.runtime.arrow import arrow_rows
from sparrow.features.declarations import (
    PADDING,
    Entity,
    Feature,
    FeatureType,
    Normalisation,
    build_feature_set,
)
from sparrow.features.folds import context_rows, movie_rows, popularity_histogram, user_rows
from sparrow.features.preprocessing import NormStats, Preprocessing
from sparrow.features.rating_events import Events
from sparrow.features.visibility import PastEvents

FEATURES = build_feature_set(("Comedy", "Drama", "Film-Noir"))
USERS, MOVIES, RATINGS_PER_USER = 240, 40, 24
START = 880_000_000
CURVE = popularity_histogram(np.array([0]), np.array([0]), np.array([1]))

Taste = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def checkerboard_taste(user: np.ndarray, movie: np.ndarray, _: np.random.Generator) -> np.ndarray:
    """Even users like even movies and odd users odd ones."""
    return user % 2 == movie % 2


def no_taste(user: np.ndarray, _: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Likes fall by the coin: there is nothing to learn."""
    return random.random(len(user)) < 0.5


def write_samples(root: Path, taste: Taste, seed: int = 7) -> Path:
    """A samples folder of the world in which `taste(user, movie, random)` decides the likes."""
    columns = _columns(taste, np.random.default_rng(seed))
    table = pa.table(columns)
    order = np.random.default_rng(seed).permutation(len(table))
    first, second = int(0.7 * len(order)), int(0.8 * len(order))
    parts = np.split(order, [first, second])
    for part, rows in zip(("train", "validation", "test"), parts, strict=True):
        (root / part).mkdir(parents=True)
        for number, piece in enumerate(np.array_split(rows, 3)):
            pq.write_table(table.take(piece), root / part / f"part-{number}.parquet")
    (root / "features.json").write_text(FEATURES.to_json())
    (root / "preprocessing.json").write_text(_encoding(columns, parts[0]).to_json())
    train = table.take(parts[0]).select(["user_id", "movie_id", "rating"])
    ratings = RatingTriples(*(column.to_numpy() for column in train.columns))
    fit_matrix_factors(ratings, MatrixFactorConfig(dimensions=4, folds=3), seed).save(
        root / "factors.npz"
    )
    return root


def query_rows(count: int, seed: int = 3) -> dict[str, np.ndarray]:
    """`count` rows of every feature with plausible values, as models take them."""
    random = np.random.default_rng(seed)
    rows: dict[str, np.ndarray] = {}
    for entity in Entity:
        empty = FEATURES.empty_rows(entity, count)
        for f in FEATURES.of(entity):
            number = f.kind is FeatureType.NUMBER
            drawn = (
                random.random(empty[f.name].shape)
                if number
                else random.integers(1, MOVIES, empty[f.name].shape)
            )
            rows[f.name] = drawn.astype(f.dtype)
    return rows


def _columns(taste: Taste, random: np.random.Generator) -> dict[str, pa.Array]:
    user = np.repeat(np.arange(1, USERS + 1), RATINGS_PER_USER)
    movie = np.concatenate(
        [random.permutation(MOVIES)[:RATINGS_PER_USER] + 1 for _ in range(USERS)]
    )
    at = START + random.permutation(len(user)) * 600
    like = taste(user, movie, random)
    rating = np.where(like, 5.0, 1.0).astype(np.float32)
    rows = {f.name: np.empty((len(user), f.length) if f.length > 1 else len(user), f.dtype)
            for f in FEATURES.features}  # fmt: skip
    for ids, fold in ((user, _user_fold), (movie, _movie_fold)):
        for one in np.unique(ids):
            here = np.flatnonzero(ids == one)
            here = here[np.argsort(at[here])]
            genres = np.zeros(len(here), dtype=np.int64)
            year = np.full(len(here), 1990, dtype=np.float32)
            events = Events(at[here], movie[here], rating[here], genres, year)
            for name, values in fold(events).items():
                rows[name][here] = values
    rows |= context_rows(at)
    rows |= {"user_id": user, "movie_id": movie, "movie_year": np.full(len(user), 1990.0)}
    rows |= {"user_gender": np.full(len(user), PADDING), "user_occupation": user % 3}
    rows |= {"user_age": np.full(len(user), np.nan), "movie_genres": np.zeros((len(user), 3))}
    ones = np.ones(len(user), np.float32)
    facts = {"rating": rating, "label": like.astype(np.float32), "timestamp": at}
    facts |= {"watched": ones, "weight": ones}
    return arrow_rows(FEATURES.features, rows) | {n: pa.array(v) for n, v in facts.items()}


def _user_fold(events: Events) -> dict[str, np.ndarray]:
    return dict(user_rows(PastEvents(events, events.timestamp), FEATURES))


def _movie_fold(events: Events) -> dict[str, np.ndarray]:
    return dict(movie_rows(PastEvents(events, events.timestamp), 1990.0, CURVE, FEATURES))


def _encoding(columns: dict[str, pa.Array], train: np.ndarray) -> Preprocessing:
    vocabularies = {
        f.vocabulary: np.unique(columns[f.name].take(pa.array(train)).to_numpy())
        for f in FEATURES.features
        if f.kind is FeatureType.CATEGORY
    }
    vocabularies["genders"] = np.empty(0, dtype=np.int64)  # nobody's is known
    return Preprocessing(
        vocabularies, {f.name: _normal(columns, f.name, f.scale) for f in _scaled()}
    )


def _scaled() -> list[Feature]:
    return [f for f in FEATURES.features if f.scale is not Normalisation.NONE]


def _normal(columns: dict[str, pa.Array], name: str, scale: Normalisation) -> NormStats:
    column = columns[name]
    flat = column if pa.types.is_floating(column.type) else pc.list_flatten(column)
    values = flat.to_numpy().astype(np.float64)
    known = values[~np.isnan(values)]
    known = np.log1p(known) if scale is Normalisation.LOG else known
    return NormStats(float(known.mean()), float(known.std())) if len(known) else NormStats(0.0, 1.0)
