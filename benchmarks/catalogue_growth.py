"""Time and memory of a request as the catalogue and the users become many, on synthetic releases.

    python benchmarks/catalogue_growth.py [--movies 10000 100000 1000000] [--users 10000 100000]

For each size of catalogue: seconds to make it and to load it, memory of the process, and p50, p99
and processor time of the home flow ranked by embedding; what the deep model adds is the same at
every size, for it sees the candidates. A tenth of the movies is cold. For each number of users:
Redis' memory a user, and the same times; there are as many as `--redis-gib` hold. Everything is
drawn at random (seed 7). A user has 100 ratings, of the better known movies most.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from online.engine.engine import Engine
from online.flow.cold_start import SPACE
from online.runtime.blas_threads import single_threaded_blas
from online.serving.loaded_release import LoadedRelease
from online.types import Query
from sparrow.features.declarations import Entity, build_feature_set
from sparrow.features.preprocessing import Preprocessing
from sparrow.features.row_codec import RowCodec, encode_history, encode_vector
from sparrow.feedback.event_log import EventLog
from sparrow.redis import keys
from sparrow.redis.connection import async_redis_client, redis_client, redis_for
from sparrow.release.manifest import Manifest
from sparrow.release.release_folder import Release
from sparrow.settings import Settings
from sparrow.signals.models.rating_predictor import RatingPredictor
from sparrow.vectors.cold_start import COLD_START_THRESHOLD, has_user_vectors, mapped_embedding
from sparrow.vectors.embedding import MEAN_POOLED_EMBEDDINGS, Embedding
from sparrow.vectors.index import HNSW_FILE, HnswIndex
from sparrow.vectors.item_weights import ItemWeights

GENRES = tuple(f"Genre {number:02d}" for number in range(18))
DIMENSIONS = {"als": 48, "item2vec": 32, "als_cold": 48}
COLD_SHARE = 0.1
EXPANSION = 32  # of the graphs: they are quick to make and, by so little effort, as quick to ask
RELATED, HISTORY, KINDS, AS_OF = 4_000, 100, 1_000, 1_700_000_000
ASKED, WARMING = 300, 300  # requests that are measured, and before them
INDEX_FROM = Settings.model_fields["ann_min_items"].default
TOP_RATINGS = pa.list_(
    pa.struct([("user_id", pa.int64()), ("score", pa.float32()), ("timestamp", pa.int64())])
)


def build(root: Path, movies: int, random: np.random.Generator) -> Release:
    """A release of so many movies, as random as it may be."""
    features, ids = build_feature_set(GENRES, 3.5), np.arange(1, movies + 1)
    root.mkdir(parents=True)
    (root / "features.json").write_text(features.to_json())
    (root / "preprocessing.json").write_text(Preprocessing({"movies": ids[:10]}, {}).to_json())
    count = np.sort(random.pareto(1.0, movies) * 5).astype(np.int64)[::-1] + COLD_START_THRESHOLD
    count[-int(COLD_SHARE * movies) :] = COLD_START_THRESHOLD - 1
    pq.write_table(movie_table(ids, count, random), root / "movies.parquet")
    (root / "movie_features").mkdir()
    for feature in features.of(Entity.MOVIE):
        shape = (movies, feature.length) if feature.length > 1 else movies
        np.save(
            root / "movie_features" / f"{feature.name}.npy",
            random.integers(0, 2, shape).astype(feature.dtype),
        )
    for name in DIMENSIONS:
        save_embedding(name, ids, root / "embeddings" / name, random)
    related = min(RELATED, movies)
    weights = random.normal(0, 0.01, (related, related)).astype("f4")
    ItemWeights(ids[:related], weights).save(root / "similarities" / "ease")
    vectors = random.normal(size=(related, 16)).astype("f4")
    RatingPredictor(ids[:related], vectors, vectors[:, 0], count[:related], 3.5, 6, 4, 0.8).save(
        root / "rating_predictor.npz"
    )
    (root / "users").mkdir()
    few = {"user_id": ids[:10], "user_rating_count": np.full(10, 50.0, "f4")}
    pq.write_table(pa.table(few), root / "users" / "part-0.parquet")
    manifest = Manifest(
        f"synthetic-{movies}", "", {"name": "synthetic"}, features.fingerprint, "", AS_OF, "none",
        {}, tuple(DIMENSIONS), ("ease",), {"weight_taste": 1.0, "weight_co_rated": 0.5},
    )  # fmt: skip
    (root / "manifest.json").write_text(manifest.to_json())
    return Release.open(root)


def save_embedding(name: str, ids: np.ndarray, folder: Path, random: np.random.Generator) -> None:
    """Random vectors, with an index as publishing has it: of length 1 where likes are averaged."""
    if name == mapped_embedding(SPACE):
        ids = ids[-int(COLD_SHARE * len(ids)) :]
    mixed = random.normal(size=(8, DIMENSIONS[name])).astype("f4")
    vectors = random.normal(size=(len(ids), 8)).astype("f4") @ mixed
    if name in MEAN_POOLED_EMBEDDINGS:
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    Embedding(ids, vectors).save(folder)
    if len(ids) >= INDEX_FROM:
        HnswIndex.build(vectors, EXPANSION).save(folder / HNSW_FILE)


def movie_table(ids: np.ndarray, count: np.ndarray, random: np.random.Generator) -> pa.Table:
    genres = np.array(GENRES)[random.integers(0, len(GENRES), (len(ids), 2))]
    return pa.table(
        {
            "movie_id": ids,
            "title": [f"Film {number} of the {number % 97}" for number in ids.tolist()],
            "year": pa.array(random.integers(1930, 2024, len(ids)), pa.int32()),
            "genres": genres.tolist(),
            "imdb_id": pa.nulls(len(ids), pa.string()),
            "tmdb_id": pa.nulls(len(ids), pa.string()),
            "rating_count": count,
            "rating_mean": random.uniform(1, 5, len(ids)).astype("f4"),
            "first_rated": random.integers(AS_OF - 10**8, AS_OF, len(ids)),
            "rated_last_week": count // 100,
            "top_ratings": pa.nulls(len(ids), TOP_RATINGS),
            "star_counts": pa.ListArray.from_arrays(
                np.arange(len(ids) + 1, dtype=np.int32) * 10, np.repeat(count // 10, 10)
            ),
        }
    )


def user_hashes(
    release: Release, movies: int, random: np.random.Generator
) -> list[dict[str, bytes]]:
    """Hashes of `KINDS` users as publishing writes them; Redis keeps a copy for each."""
    codec, hashes = RowCodec(release.features, Entity.USER), []
    ids = np.arange(1, min(movies, RELATED) + 1)
    odds = 1 / (ids + 10)
    for _ in range(KINDS):
        seen = random.choice(ids, HISTORY, replace=False, p=odds / odds.sum())
        stars = random.integers(1, 11, HISTORY) / 2
        row = release.features.empty_rows(Entity.USER, 1)[0]
        length = len(row["user_recent_movies"])
        row["user_recent_movies"], row["user_recent_ratings"] = seen[:length], stars[:length]
        row["user_genre_taste"] = random.normal(size=len(GENRES))
        vectors = {n: random.normal(size=d) for n, d in DIMENSIONS.items() if has_user_vectors(n)}
        hashes.append(
            {f"{keys.VECTOR}{n}": encode_vector(v.astype("f4")) for n, v in vectors.items()}
            | {keys.ROW: codec.encode(row)}
            | {keys.HISTORY: encode_history(seen, np.full(HISTORY, AS_OF - 10), stars)}
        )
    return hashes


def write_users(url: str, release: Release, users: range, hashes: list[dict[str, bytes]]) -> None:
    """So many users, of the given kinds by turns."""
    client = redis_client(url)
    for start in range(users.start, users.stop, 5_000):
        pipeline = client.pipeline(transaction=False)
        for user in range(start, min(start + 5_000, users.stop)):
            pipeline.hset(keys.user(release.manifest.id, user), mapping=hashes[user % KINDS])
        pipeline.execute()
    client.close()


@dataclass(frozen=True)
class Measured:
    """What a process that serves one release needs."""

    load: float  # seconds
    memory: float  # MiB
    p50: float  # milliseconds of a request, as are the next
    p99: float
    cpu: float  # of this process' processor time

    def __str__(self) -> str:
        return (
            f"{self.load:>9.1f}{self.memory:>8.0f}{self.p50:>9.2f}{self.p99:>9.2f}{self.cpu:>9.2f}"
        )


HEAD = f"{'load s':>9}{'MiB':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}"


async def ask(url: str, root: Path, users: int) -> Measured:
    """Loads a release and asks it for lists."""
    redis = async_redis_client(url)
    start = perf_counter()
    serving = LoadedRelease.load(root, redis, "embedding")
    loaded = perf_counter() - start
    engine, times = Engine(serving, EventLog(redis)), []
    for turn in range(ASKED + WARMING):
        if turn == WARMING:
            began = process_time()
        start = perf_counter()
        await engine.recommend(Query(1 + turn * 199 % users, at=AS_OF))
        times.append((perf_counter() - start) * 1000)
    cpu = (process_time() - began) / ASKED * 1000
    await redis.aclose()
    p50, p99 = np.percentile(times[WARMING:], [50, 99]).tolist()
    return Measured(loaded, psutil.Process().memory_info().rss / 2**20, p50, p99, cpu)


def measured(url: str, root: Path, users: int) -> Measured:
    """`ask` in a process of its own, whose memory is nobody else's."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_ask, (url, root, users))


def _ask(url: str, root: Path, users: int) -> Measured:
    with single_threaded_blas():  # as `sparrow serve` has it
        return asyncio.run(ask(url, root, users))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--movies", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--users", type=int, nargs="*", default=[10_000, 100_000, 10_000_000])
    parser.add_argument("--redis-gib", type=float, default=4.0, help="no more users than fit")
    options, random = parser.parse_args(), np.random.default_rng(7)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = Settings(data_dir=Path(folder), _env_file=None)
        with redis_for(settings) as url:
            print(f"{'movies':>10}{'made s':>9}{HEAD}", flush=True)
            for movies in options.movies:
                start = perf_counter()
                release = build(settings.releases / f"m{movies}", movies, random)
                hashes = user_hashes(release, movies, random)
                write_users(url, release, range(1, 10_001), hashes)
                made = perf_counter() - start
                print(f"{movies:>10}{made:>9.1f}{measured(url, release.root, 10_000)}", flush=True)
                shutil.rmtree(release.root)
            if options.users:
                most = int(options.redis_gib * 2**30)
                grow_users(url, settings, (options.users, most), random)


def grow_users(
    url: str, settings: Settings, wanted: tuple[list[int], int], random: np.random.Generator
) -> None:
    """The second table, over a catalogue of 10,000 movies, as far as so many bytes reach."""
    sizes, most = wanted
    release = build(settings.releases / "users", 10_000, random)
    hashes = user_hashes(release, 10_000, random)
    client, written, each = redis_client(url), 1, 1.0
    client.execute_command("FLUSHALL", "SYNC")
    before = client.info("memory")["used_memory"]
    print(f"{'users':>10}{'bytes each':>12}{HEAD}", flush=True)
    for users in sizes:
        users = min(users, int(most / each))
        write_users(url, release, range(written, users + 1), hashes)
        written = users + 1
        each = (client.info("memory")["used_memory"] - before) / users
        print(f"{users:>10}{each:>12.0f}{measured(url, release.root, users)}", flush=True)
    client.close()


if __name__ == "__main__":
    main()
