"""Time and memory of a request as the catalogue and the viewers become many, on synthetic releases.

    python benchmarks/catalogue_growth.py [--movies 10000 100000 1000000] [--viewers 10000 1000000]

For each size of catalogue: seconds to load, memory of the process, and p50 and p99 of the home flow
ranked by embedding (what the deep model adds is the same at every size: it sees the candidates).
For each number of viewers: Redis' memory a viewer and the same p50 and p99. Vectors, ratings and
histories are drawn at random (seed 7); every 200th viewer is asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from online.engine import Engine
from online.serving import Serving
from online.types import Query
from sparrow import keys
from sparrow.codec import RowCodec, encode_history, encode_vector
from sparrow.embedding import Embedding
from sparrow.encoding import Encoding
from sparrow.features import Entity, declare
from sparrow.feedback.log import EventLog
from sparrow.index import build_index
from sparrow.redis_server import async_redis_client, redis_client, redis_for
from sparrow.release import Manifest, Release
from sparrow.settings import Settings
from sparrow.similarity import Similarity
from sparrow.stars import StarTable

GENRES = tuple(f"Genre {number:02d}" for number in range(18))
DIMENSIONS = {"als": 48, "item2vec": 32}
RELATED, HISTORY, ASKED, AS_OF = 4_000, 100, 300, 1_700_000_000
INDEX_FROM = Settings.model_fields["index_from"].default
TOP_RATINGS = pa.list_(
    pa.struct([("user_id", pa.int64()), ("score", pa.float32()), ("timestamp", pa.int64())])
)


def build(root: Path, movies: int, random: np.random.Generator) -> Release:
    """A release of so many movies, as random as it may be."""
    features, ids = declare(GENRES, 3.5), np.arange(1, movies + 1)
    root.mkdir(parents=True)
    (root / "features.json").write_text(features.to_json())
    (root / "encoding.json").write_text(Encoding({"movies": ids[:10]}, {}).to_json())
    count = np.sort(random.pareto(1.0, movies) * 5).astype(np.int64)[::-1]
    pq.write_table(movie_table(ids, count, random), root / "movies.parquet")
    (root / "movie_features").mkdir()
    for feature in features.of(Entity.MOVIE):
        shape = (movies, feature.length) if feature.length > 1 else movies
        np.save(
            root / "movie_features" / f"{feature.name}.npy",
            random.integers(0, 2, shape).astype(feature.dtype),
        )
    for name, dim in DIMENSIONS.items():
        vectors = (random.normal(size=(movies, 8)) @ random.normal(size=(8, dim))).astype("f4")
        Embedding(ids, vectors).save(root / "embeddings" / name)
        build_index(root / "embeddings" / name, vectors, INDEX_FROM)
    related = min(RELATED, movies)
    weights = random.normal(0, 0.01, (related, related)).astype("f4")
    Similarity(ids[:related], weights).save(root / "similarities" / "ease")
    vectors = random.normal(size=(related, 16)).astype("f4")
    StarTable(ids[:related], vectors, vectors[:, 0], count[:related], 3.5, 6, 4, 0.8).save(
        root / "stars.npz"
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
            "top_ratings": pa.array([[]] * len(ids), TOP_RATINGS),
            "star_counts": np.repeat(count[:, None] // 10, 10, axis=1).tolist(),
        }
    )


def write_viewers(
    url: str, release: Release, viewers: range, movies: int, random: np.random.Generator
) -> None:
    """Hashes of viewers as publishing writes them."""
    client, features = redis_client(url), release.features
    codec, row = RowCodec(features, Entity.USER), features.empty_rows(Entity.USER, 1)[0]
    for start in range(viewers.start, viewers.stop, 5_000):
        pipeline = client.pipeline(transaction=False)
        for user in range(start, min(start + 5_000, viewers.stop)):
            seen = random.integers(1, min(movies, RELATED), HISTORY)
            history = encode_history(seen, np.full(HISTORY, AS_OF - 10), np.full(HISTORY, 4.0))
            fields = {
                f"{keys.VECTOR}{n}": encode_vector(random.normal(size=d).astype("f4"))
                for n, d in DIMENSIONS.items()
            }
            fields |= {keys.ROW: codec.encode(row), keys.HISTORY: history}
            pipeline.hset(keys.user(release.manifest.id, user), mapping=fields)
        pipeline.execute()
    client.close()


async def ask(url: str, root: Path, viewers: int) -> tuple[float, float, float, float]:
    """Seconds to load, MiB, p50 and p99 in milliseconds."""
    redis = async_redis_client(url)
    start = perf_counter()
    serving = Serving.load(root, redis, "embedding")
    loaded = perf_counter() - start
    engine, times = Engine(serving, EventLog(redis)), []
    for turn in range(ASKED + 50):
        start = perf_counter()
        await engine.recommend(Query(1 + turn * 200 % viewers, at=AS_OF))
        times.append((perf_counter() - start) * 1000)
    await redis.aclose()
    p50, p99 = np.percentile(times[50:], [50, 99])
    return loaded, psutil.Process().memory_info().rss / 2**20, float(p50), float(p99)


def measured(url: str, root: Path, viewers: int) -> tuple[float, float, float, float]:
    """`ask` in a process of its own, whose memory is nobody else's."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_ask, (url, root, viewers))


def _ask(url: str, root: Path, viewers: int) -> tuple[float, float, float, float]:
    return asyncio.run(ask(url, root, viewers))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--movies", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--viewers", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    options, random = parser.parse_args(), np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), _env_file=None)
        with redis_for(settings) as url:
            print(f"{'movies':>10}{'load s':>9}{'MiB':>8}{'p50 ms':>9}{'p99 ms':>9}")
            for movies in options.movies:
                release = build(settings.releases / f"m{movies}", movies, random)
                write_viewers(url, release, range(1, 10_001), movies, random)
                load, memory, p50, p99 = measured(url, release.root, 10_000)
                print(f"{movies:>10}{load:>9.1f}{memory:>8.0f}{p50:>9.2f}{p99:>9.2f}", flush=True)
            grow_viewers(url, settings, options.viewers, random)


def grow_viewers(
    url: str, settings: Settings, sizes: list[int], random: np.random.Generator
) -> None:
    """The second table, over a catalogue of 10,000 movies."""
    release = build(settings.releases / "viewers", 10_000, random)
    client, written = redis_client(url), 1
    client.execute_command("FLUSHALL", "SYNC")
    before = client.info("memory")["used_memory"]
    print(f"{'viewers':>10}{'bytes each':>12}{'p50 ms':>9}{'p99 ms':>9}")
    for viewers in sizes:
        write_viewers(url, release, range(written, viewers + 1), 10_000, random)
        written = viewers + 1
        each = (client.info("memory")["used_memory"] - before) / viewers
        _, _, p50, p99 = measured(url, release.root, viewers)
        print(f"{viewers:>10}{each:>12.0f}{p50:>9.2f}{p99:>9.2f}", flush=True)
    client.close()


if __name__ == "__main__":
    main()
