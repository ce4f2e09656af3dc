"""Lists for many viewers at once, through the same flow that answers requests.

Viewers are read from Redis in pipelined batches, not from the release's Parquet: these are the very
bytes that requests decode, so that a list here is the list there, and reading is a small part of
the time (`benchmarks/serving.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.batch.list_writer import SCHEMA
from online.batch.single_source import channel, found_alone, places
from online.catalogue.catalogue_queries import Films
from online.flow.flows.registry import check_needs
from online.flow.runner import rank
from online.flow.stages import Request
from online.serving.loaded_release import Serving
from online.types import Query
from sparrow.arrays import Int
from sparrow.errors import DataError, DependencyError, ReleaseError
from sparrow.redis import keys

BATCH = 256  # viewers of one round trip to Redis


@dataclass(frozen=True)
class Wanted:
    """Which lists: for whom, how long, made by what."""

    user_ids: Int
    wish: Query  # what is asked for each of them
    channel: str | None = None  # this recall channel of the flow alone, without ranking


@dataclass(frozen=True)
class Lists:
    """The lists of a batch of viewers."""

    viewers: int
    rows: pa.RecordBatch  # of `SCHEMA`


async def lists(serving: Serving, wanted: Wanted) -> AsyncIterator[Lists]:
    """The lists of a batch of viewers at a time, in the order given.

    The moment of the request is the release's own, so the same release gives the same lists. A
    viewer that the release does not know gets the list of a newcomer.
    """
    make, at, limit = _maker(serving, wanted), serving.release.manifest.as_of, wanted.wish.limit
    for start in range(0, len(wanted.user_ids), BATCH):
        batch = wanted.user_ids[start : start + BATCH].tolist()
        made = []
        for viewer in await serving.viewers.many(batch):
            query = replace(wanted.wish, user_id=viewer.user_id, at=at)
            positions, scores = make(Request(query, viewer, serving.catalogue, at))
            made.append((positions[:limit], scores[:limit]))
        yield Lists(len(batch), _rows(serving, batch, made))


def _maker(serving: Serving, wanted: Wanted) -> Callable[[Request], tuple[Int, np.ndarray]]:
    """From a request to positions, best first, and their scores."""
    flow = serving.flow(wanted.wish.flow, serving.model(wanted.wish.model))
    flow = replace(flow, recall_milliseconds=np.inf)  # nobody waits: the same lists every time
    check_needs(flow, wanted.wish)
    if wanted.wish.genre is not None:
        Films(serving.catalogue).check_genres("genre", [wanted.wish.genre])
    if wanted.wish.movie_id is not None:
        serving.catalogue.position(wanted.wish.movie_id)
    if wanted.channel is None:

        def whole(request: Request) -> tuple[Int, np.ndarray]:
            ranked = rank(flow, request)
            return ranked.candidates.positions, ranked.scores.total

        return whole
    source = channel(serving, wanted.channel)

    def alone(request: Request) -> tuple[Int, np.ndarray]:
        positions = found_alone(flow, source, request)
        return positions, places(len(positions))

    return alone


def _rows(
    serving: Serving, user_ids: Sequence[int], made: Sequence[tuple[Int, np.ndarray]]
) -> pa.RecordBatch:
    lengths = [len(positions) for positions, _ in made]
    positions = np.concatenate([positions for positions, _ in made])
    return pa.record_batch(
        {
            "user_id": np.repeat(np.array(user_ids, dtype=np.int64), lengths),
            "movie_id": serving.catalogue.ids[positions],
            "rank": np.concatenate([np.arange(1, n + 1, dtype=np.int32) for n in lengths]),
            "score": np.concatenate([scores for _, scores in made]).astype(np.float32),
        },
        schema=SCHEMA,
    )


def all_viewers(serving: Serving) -> Int:
    """Ids of every viewer of the release, ascending."""
    users = ds.dataset(serving.release.root / "users", format="parquet")
    ids: Int = np.sort(users.to_table(columns=["user_id"]).column("user_id").to_numpy())
    return ids


def viewers_in(file: Path) -> Int:
    """Ids in a file: the column `user_id` of a Parquet or CSV file, or one id a line.

    Raises DataError when the file cannot be read as such.
    """
    try:
        if file.suffix == ".parquet":
            ids = pq.read_table(file, columns=["user_id"]).column("user_id")
        else:
            ids = _csv_ids(file)
        found: Int = ids.cast(pa.int64()).to_numpy()
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise DataError(
            f"Expected viewers' ids in {file}, one a line or in a column user_id: {error}"
        ) from error
    return found


def _csv_ids(file: Path) -> pa.ChunkedArray:
    with file.open() as text:
        first = text.readline().strip()
    bare = first.isdecimal()
    options = pyarrow.csv.ReadOptions(column_names=["user_id"] if bare else None)
    return pyarrow.csv.read_csv(file, read_options=options).column("user_id")


async def require_rows(serving: Serving, redis: Redis) -> None:
    """Make sure that the release's viewers are in Redis.

    Raises ReleaseError when they are not: every list would silently be a newcomer's.
    """
    try:
        present = await redis.exists(keys.manifest(serving.id))
    except (RedisError, OSError) as error:
        raise DependencyError(f"Redis cannot be read ({error}): start it again.") from error
    if not present:
        raise ReleaseError(
            f"Expected the viewers of release {serving.id} in Redis, but they are not there: run "
            "`sparrow publish`."
        )
