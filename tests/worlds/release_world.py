"""A checkerboard world with known answers, as a complete release made by hand.

Even users love even movies and dislike odd ones; odd users the reverse. Even movies are
comedies, odd ones film-noir, every fourth movie is a drama as well. The right recommendation for a
user is a movie of their own parity.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from ranker_files import save_ranker, save_signals
from statistics_tables import write_statistics

from sparrow.features.declarations import Entity, FeatureSet, build_feature_set
from sparrow.features.folds import (
    movie_rows,
    popularity_histogram,
    popularity_thresholds,
    threshold_crossings,
    user_rows,
)
from sparrow.features.preprocessing import Preprocessing
from sparrow.features.rating_events import Events
from sparrow.features.row_codec import RowCodec, encode_history, encode_vector
from sparrow.features.visibility import PastEvents
from sparrow.redis import keys
from sparrow.redis.connection import redis_client
from sparrow.release import active_release
from sparrow.release.manifest import Manifest
from sparrow.release.release_folder import Release
from sparrow.signals.models.als_factors import AlsParams
from sparrow.signals.models.rating_predictor import RatingPredictor
from sparrow.signals.models.taste_clusters import TasteClusters
from sparrow.units import WEEK
from sparrow.vectors.cold_start import COLD_START_THRESHOLD
from sparrow.vectors.embedding import Embedding
from sparrow.vectors.item_vectors import ItemVectors
from sparrow.vectors.item_weights import ItemWeights, cosine, ease

GENRES = ("Comedy", "Drama", "Film-Noir")
MOVIES = np.arange(1, 81)
USERS = np.arange(1, 21)
START = 800_000_000
AS_OF = 900_000_000
UNRATED = 80  # nobody rated it, and no embedding knows it


@dataclass(frozen=True)
class World:
    """All ratings of the world, as parallel arrays in time order."""

    user_id: np.ndarray
    movie_id: np.ndarray
    rating: np.ndarray
    timestamp: np.ndarray

    def of(self, column: str, value: int) -> Events:
        mine = getattr(self, column) == value
        movie = self.movie_id[mine]
        return Events(
            self.timestamp[mine],
            movie,
            self.rating[mine],
            np.array([genre_bits(m) for m in movie], dtype=np.int64),
            np.array([year(m) for m in movie], dtype=np.float32),
        )


def genre_names(movie_id: int) -> list[str]:
    names = ["Film-Noir" if movie_id % 2 else "Comedy"]
    return sorted([*names, "Drama"] if movie_id % 4 == 0 else names)


def genre_bits(movie_id: int) -> int:
    return sum(1 << GENRES.index(name) for name in genre_names(int(movie_id)))


def year(movie_id: int) -> int:
    return 1930 + int(movie_id) // 2


def checkerboard(seed: int = 7) -> World:
    """Each user rated 12 movies of their own parity 4.5 or 5 stars, and 4 of the other 1 or 1.5."""
    random = np.random.default_rng(seed)
    rows = []
    for user in USERS:
        rated = []
        for parity, count in ((user % 2, 12), (1 - user % 2, 4)):
            movies = MOVIES[(MOVIES != UNRATED) & (parity == MOVIES % 2)]
            # low ids are more popular: they are drawn more often
            chance = 1.0 / (movies + 10.0)
            rated += random.choice(movies, count, False, chance / chance.sum()).tolist()
        for movie in rated:
            stars = (4.5 if movie % 2 == user % 2 else 1.0) + 0.5 * random.integers(2)
            rows.append((user, movie, stars, START + int(random.integers(90_000_000))))
    rows.sort(key=lambda row: row[3])
    user, movie, stars, time = (np.array(column) for column in zip(*rows, strict=True))
    return World(user, movie, stars.astype(np.float32), time)


def rated_by(user_id: int) -> dict[int, float]:
    """Movie id → stars."""
    world = checkerboard()
    mine = world.user_id == user_id
    return dict(zip(world.movie_id[mine].tolist(), world.rating[mine].tolist(), strict=True))


def build_release(
    releases: Path, release: str = "20260101T000000-aaaaaa", *, model: bool = True
) -> Release:
    """Write a complete release below `releases`; with `model` also a SavedModel (TensorFlow)."""
    root, world, features = releases / release, checkerboard(), build_feature_set(GENRES)
    root.mkdir(parents=True)
    (root / "features.json").write_text(features.to_json())
    (root / "preprocessing.json").write_text(Preprocessing({"movies": MOVIES}, {}).to_json())
    pq.write_table(movie_table(world), root / "movies.parquet")
    rows = movie_feature_rows(world, features)
    (root / "movie_features").mkdir()
    for feature in features.of(Entity.MOVIE):
        np.save(root / "movie_features" / f"{feature.name}.npy", rows[feature.name])
    for name, embedding in embeddings().items():
        embedding.save(root / "embeddings" / name)
    save_signals(root, relations(world), tastes(world), AlsParams(ranks=(2,)))
    star_table(world).save(root / "rating_predictor.npz")
    (root / "users").mkdir()
    users = user_feature_rows(world, features)
    pq.write_table(
        pa.table({"user_id": USERS, "user_rating_count": users["user_rating_count"]}),
        root / "users" / "part-0.parquet",
    )
    columns = (world.user_id, world.movie_id, world.rating, world.timestamp)
    write_statistics(root / "stats", columns, MOVIES, genre_names)
    if model:
        save_ranker(root / "models" / "taste" / "1", features, {"als": 2.0, "ease": 0.5}, taste=0.5)
    manifest = Manifest(
        id=release,
        created_at="2026-01-01T00:00:00Z",
        dataset={"name": "checkerboard"},
        feature_set_fingerprint=features.fingerprint,
        code_version="test",
        as_of=AS_OF,
        default_model="taste",
        metrics={"taste": {"auc": 0.9}},
        embeddings=tuple(embeddings()),
        similarities=tuple(relations(world)),
    )
    (root / "manifest.json").write_text(manifest.to_json())
    return Release.open(root)


def publish(release: Release, redis_url: str) -> None:
    """Write the release's users to Redis with the codecs, and let it serve."""
    client, world, name = redis_client(redis_url), checkerboard(), release.manifest.id
    codec = RowCodec(release.features, Entity.USER)
    rows = user_feature_rows(world, release.features)
    for place, user in enumerate(USERS.tolist()):
        mine = world.user_id == user
        vector = np.array([1.0, 0.1]) if user % 2 == 0 else np.array([0.1, 1.0])
        client.hset(
            keys.user(name, user),
            mapping={
                keys.ROW: codec.encode(rows[place]),
                keys.HISTORY: encode_history(
                    world.movie_id[mine], world.timestamp[mine], world.rating[mine]
                ),
                f"{keys.VECTOR}als": encode_vector(vector),
                f"{keys.VECTOR}item2vec": encode_vector(vector),
            },
        )
    client.set(keys.manifest(name), release.manifest.to_json())
    active_release.activate(client, name)
    client.close()


def movie_table(world: World) -> pa.Table:
    rated = [world.rating[world.movie_id == movie] for movie in MOVIES]
    return pa.table(
        {
            "movie_id": MOVIES,
            "title": [f"{'Dark' if m % 2 else 'Funny'} Story, Part {m}" for m in MOVIES],
            "year": pa.array([year(m) for m in MOVIES], pa.int32()),
            "genres": [genre_names(m) for m in MOVIES.tolist()],
            "imdb_id": [f"{m:07d}" for m in MOVIES],
            "tmdb_id": [None if m % 10 == 0 else str(m) for m in MOVIES],
            "rating_count": [len(r) for r in rated],
            "rating_mean": pa.array(
                [float(r.mean()) if len(r) else float("nan") for r in rated], pa.float32()
            ),
            "first_rated": pa.array([first_rated(world, m) for m in MOVIES], pa.int64()),
            "star_counts": [
                [
                    int((world.rating[world.movie_id == m] * 2 == step).sum())
                    for step in range(1, 11)
                ]
                for m in MOVIES
            ],
            "rated_last_week": [
                int((world.of("movie_id", m).timestamp >= AS_OF - WEEK).sum()) for m in MOVIES
            ],
            "top_ratings": pa.array([top_ratings(world, m) for m in MOVIES], TOP_RATINGS),
        }
    )


def first_rated(world: World, movie: int) -> int | None:
    times = world.timestamp[world.movie_id == movie]
    return int(times.min()) if len(times) else None


def relations(world: World) -> dict[str, ItemWeights]:
    """Of who liked what: each user's low ratings are of the other parity."""
    liked = np.zeros((len(USERS), len(MOVIES)))
    rows = world.rating > 3
    liked[
        np.searchsorted(USERS, world.user_id[rows]), np.searchsorted(MOVIES, world.movie_id[rows])
    ] = 1
    gram = liked.T @ liked
    shares = cosine(gram, len(MOVIES), 1.0)
    return {
        "ease": ItemWeights(MOVIES, ease(gram, 10.0)),
        "item_knn": ItemWeights(MOVIES, cosine(gram, 20, 1.0)),
        "successors": ItemWeights(MOVIES, shares / 10),
        "same_session": ItemWeights(MOVIES, shares),
    }


def tastes(world: World) -> TasteClusters:
    """Comedies with dramas, film-noir, and old movies."""
    genres = np.array([[g in genre_names(m) for g in GENRES] for m in MOVIES.tolist()])
    counts = np.array([(world.movie_id == m).sum() for m in MOVIES])
    years = np.array([float(year(m)) for m in MOVIES])
    als = ItemVectors.aligned(embeddings()["als"], MOVIES)
    return TasteClusters.fit(genres, GENRES, counts, years, als.matrix)


TOP_RATINGS = pa.list_(
    pa.struct([("user_id", pa.int64()), ("score", pa.float32()), ("timestamp", pa.int64())])
)


def top_ratings(world: World, movie: int) -> list[dict[str, object]]:
    mine = np.flatnonzero(world.movie_id == movie)
    best = sorted(mine, key=lambda i: (-world.rating[i], -world.timestamp[i]))[:10]
    return [
        {
            "user_id": int(world.user_id[i]),
            "score": float(world.rating[i]),
            "timestamp": int(world.timestamp[i]),
        }
        for i in best
    ]


def movie_feature_rows(world: World, features: FeatureSet) -> np.ndarray:
    steps = [
        threshold_crossings(world.of("movie_id", m).timestamp, popularity_thresholds())
        for m in MOVIES
    ]
    column, week = (np.concatenate(part) for part in zip(*steps, strict=True))
    curve = popularity_histogram(column, week, np.ones(len(column), dtype=np.int64))
    rows = features.empty_rows(Entity.MOVIE, len(MOVIES))
    known = set(rows.dtype.names)
    for place, movie in enumerate(MOVIES.tolist()):
        values = movie_rows(
            PastEvents(world.of("movie_id", movie), np.array([AS_OF])), year(movie), curve, features
        )
        for name in known & values.keys():
            rows[name][place] = values[name][0]
    rows["movie_id"] = MOVIES
    rows["movie_genres"] = [[g in genre_names(m) for g in GENRES] for m in MOVIES.tolist()]
    return rows


def user_feature_rows(world: World, features: FeatureSet) -> np.ndarray:
    rows = features.empty_rows(Entity.USER, len(USERS))
    for place, user in enumerate(USERS.tolist()):
        values = user_rows(PastEvents(world.of("user_id", user), np.array([AS_OF])), features)
        for name, value in values.items():
            rows[name][place] = value[0]
    rows["user_id"] = USERS
    rows["user_age"][0] = 42
    return rows


def star_table(world: World) -> RatingPredictor:
    """One factor, the movie's parity: whoever liked the one half dislikes the other."""
    counts = np.array([(world.movie_id == m).sum() for m in MOVIES])
    side = np.where(MOVIES % 2, 1.0, -1.0)[:, None].astype(np.float32)
    return RatingPredictor(
        MOVIES, side, np.zeros(len(MOVIES), np.float32), counts, 3.0, 0.5, 1.0, 0.3
    )


def embeddings() -> dict[str, Embedding]:
    """Two directions, one per parity; a movie's angle and length grow a little with its id."""
    ids = MOVIES[MOVIES != UNRATED]
    aside = 0.001 * ids
    even = np.stack([np.ones(len(ids)), aside], axis=1)
    vectors = np.where((ids % 2 == 0)[:, None], even, even[:, ::-1]).astype(np.float32)
    cold = np.array([m for m in MOVIES.tolist() if rating_count(m) < COLD_START_THRESHOLD])
    parity = np.where((cold % 2 == 0)[:, None], [[1.0, 0.1]], [[0.1, 1.0]]).astype(np.float32)
    return {
        "als": Embedding(ids, vectors),
        "item2vec": Embedding(ids, vectors),
        "content": Embedding(MOVIES, content()),
        "als_cold": Embedding(cold, parity),
        "item2vec_cold": Embedding(cold, parity),
    }


def content() -> np.ndarray:
    """Genres and, half as long, the year as two bumps: rows of length 1."""
    genres = np.array([[g in genre_names(m) for g in GENRES] for m in MOVIES.tolist()], float)
    angle = np.array([(year(m) - 1930) / 40 * np.pi / 2 for m in MOVIES])
    years = 0.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    both = np.hstack([genres / np.linalg.norm(genres, axis=1, keepdims=True), years])
    return (both / np.linalg.norm(both, axis=1, keepdims=True)).astype(np.float32)


def rating_count(movie: int) -> int:
    return int((checkerboard().movie_id == movie).sum())
