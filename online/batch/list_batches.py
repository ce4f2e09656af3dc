"""Lists for many users at once, through the same flow that answers requests.

Users are read from Redis in pipelined batches, not from the release's Parquet: these are the very
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
import pyarrow.parquet as pq
from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.batch.list_writer import SCHEMA
from online.batch.single_source import reciprocal_ranks, run_source, source_by_name
from online.flow.flows.registry import check_required_parameters
from online.flow.runner import rank
from online.flow.stages import Request
from online.runtime.arrow import to_numpy
from online.serving.loaded_release import LoadedRelease
from online.types import Query
from online.users.release_user_reader import read_users
from sparrow.arrays import Int
from sparrow.errors import DataError, DependencyError, ReleaseError
from sparrow.redis import keys

BATCH = 256  # users of one round trip to Redis


@dataclass(frozen=True)
class BatchRequest:
    """Which lists: for whom, how long, made by what."""

    user_ids: Int
    query: Query  # what is asked for each of them
    source: str | None = None  # this recall source of the flow alone, without ranking


@dataclass(frozen=True)
class ListBatch:
    """The lists of a batch of users."""

    users: int
    rows: pa.RecordBatch  # of `SCHEMA`


async def lists(serving: LoadedRelease, wanted: BatchRequest) -> AsyncIterator[ListBatch]:
    """The lists of a batch of users at a time, in the order given.

    The moment of the request is the release's own, so the same release gives the same lists. A
    user that the release does not know gets the list of a newcomer.
    """
    make, at, limit = (
        _list_maker(serving, wanted),
        serving.release.manifest.as_of,
        wanted.query.limit,
    )
    for start in range(0, len(wanted.user_ids), BATCH):
        batch = wanted.user_ids[start : start + BATCH].tolist()
        made = []
        for user in await serving.users.get_many(batch):
            query = replace(wanted.query, user_id=user.user_id, at=at)
            item_index, scores = make(Request(query, user, serving.catalogue, at))
            made.append((item_index[:limit], scores[:limit]))
        yield ListBatch(len(batch), _rows(serving, batch, made))


def _list_maker(
    serving: LoadedRelease, wanted: BatchRequest
) -> Callable[[Request], tuple[Int, np.ndarray]]:
    """From a request to positions, best first, and their scores."""
    flow = serving.flow(wanted.query.flow, serving.model(wanted.query.model))
    flow = replace(flow, recall_milliseconds=np.inf)  # nobody waits: the same lists every time
    check_required_parameters(flow, wanted.query)
    if wanted.query.genre is not None:
        serving.catalogue.check_genres("genre", [wanted.query.genre])
    if wanted.query.movie_id is not None:
        serving.catalogue.item(wanted.query.movie_id)
    if wanted.source is None:

        def whole(request: Request) -> tuple[Int, np.ndarray]:
            ranked = rank(flow, request)
            return ranked.candidates.item_index, ranked.scores.total

        return whole
    source = source_by_name(serving, wanted.source)

    def alone(request: Request) -> tuple[Int, np.ndarray]:
        item_index = run_source(flow, source, request)
        return item_index, reciprocal_ranks(len(item_index))

    return alone


def _rows(
    serving: LoadedRelease, user_ids: Sequence[int], made: Sequence[tuple[Int, np.ndarray]]
) -> pa.RecordBatch:
    lengths = [len(item_index) for item_index, _ in made]
    item_index = np.concatenate([item_index for item_index, _ in made])
    return pa.record_batch(
        {
            "user_id": np.repeat(np.array(user_ids, dtype=np.int64), lengths),
            "movie_id": serving.catalogue.ids[item_index],
            "rank": np.concatenate([np.arange(1, n + 1, dtype=np.int32) for n in lengths]),
            "score": np.concatenate([scores for _, scores in made]).astype(np.float32),
        },
        schema=SCHEMA,
    )


def all_user_ids(serving: LoadedRelease) -> Int:
    """Ids of every user of the release, ascending."""
    ids: Int = np.sort(to_numpy(read_users(serving.release, ["user_id"]).column("user_id")))
    return ids


def read_user_ids(file: Path) -> Int:
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
            f"Expected users' ids in {file}, one a line or in a column user_id: {error}"
        ) from error
    return found


def _csv_ids(file: Path) -> pa.ChunkedArray:
    with file.open() as text:
        first = text.readline().strip()
    bare = first.isdecimal()
    options = pyarrow.csv.ReadOptions(column_names=["user_id"] if bare else None)
    return pyarrow.csv.read_csv(file, read_options=options).column("user_id")


async def check_users_published(serving: LoadedRelease, redis: Redis) -> None:
    """Make sure that the release's users are in Redis.

    Raises ReleaseError when they are not: every list would silently be a newcomer's.
    """
    try:
        present = await redis.exists(keys.manifest(serving.id))
    except (RedisError, OSError) as error:
        raise DependencyError(f"Redis cannot be read ({error}): start it again.") from error
    if not present:
        raise ReleaseError(
            f"Expected the users of release {serving.id} in Redis, but they are not there: run "
            "`sparrow publish`."
        )
