"""Writes a release's feature rows and embeddings to Redis, from Spark's executors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from redis import Redis

from offline.runtime.arrow import numpy_column, structured_rows
from sparrow.errors import ReleaseError
from sparrow.features.declarations import Entity, FeatureSet
from sparrow.features.row_codec import RowCodec, encode_vector
from sparrow.redis import keys
from sparrow.redis.connection import redis_client

PIPELINE_ROWS = 500


@dataclass(frozen=True)
class RedisTarget:
    """Where rows go; it travels to the executors."""

    redis_url: str
    release: str
    features: FeatureSet
    embeddings: tuple[str, ...]


def write_rows(rows: DataFrame, entity: Entity, target: RedisTarget) -> int:
    """Writes a hash for every row of `users/` or `movies/` of a release; returns how many.

    Each executor pipelines its own partitions: no row passes the driver. Writing again is harmless.
    Deleted users count as written, but are not.
    Raises ReleaseError when fewer were written than there are.
    """
    written = (
        rows.mapInArrow(_writer(entity, target), "written long")
        .agg(F.sum("written").alias("written"))
        .first()
    )
    expected, done = rows.count(), (written["written"] if written else 0) or 0
    if done != expected:
        raise ReleaseError(
            f"Expected {expected} {entity} rows of release {target.release} in Redis, "
            f"but {done} were written: run `sparrow publish` again."
        )
    return done


def _writer(
    entity: Entity, target: RedisTarget
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def write(partition: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        client = redis_client(target.redis_url)
        try:
            for batch in partition:
                for start in range(0, batch.num_rows, PIPELINE_ROWS):
                    rows = _without_deleted_users(client, batch.slice(start, PIPELINE_ROWS), entity)
                    with client.pipeline(transaction=False) as pipeline:
                        for key, fields in _hashes(rows, entity, target):
                            pipeline.hset(key, mapping=fields)
                        pipeline.execute()
                yield pa.record_batch({"written": pa.array([batch.num_rows], pa.int64())})
        finally:
            client.close()

    return write


def _without_deleted_users(client: Redis, rows: pa.RecordBatch, entity: Entity) -> pa.RecordBatch:
    """Rows without those of deleted users."""
    if entity is not Entity.USER or rows.num_rows == 0:
        return rows
    erased = client.smismember(keys.DELETED_USERS, rows.column("user_id").to_pylist())
    return rows.filter(pa.array([not gone for gone in erased]))


def _hashes(
    rows: pa.RecordBatch, entity: Entity, target: RedisTarget
) -> Iterator[tuple[str, dict[Any, Any]]]:
    """Key and fields of every row's hash."""
    key_of = keys.user if entity is Entity.USER else keys.movie
    ids = rows.column(f"{entity}_id").to_pylist()
    codec = RowCodec(target.features, entity)
    records = structured_rows(rows, target.features, entity)
    histories = rows.column("history").to_pylist() if entity is Entity.USER else [None] * len(ids)
    vectors = {name: rows.column(f"vec_{name}") for name in target.embeddings}
    for place, (identity, history) in enumerate(zip(ids, histories, strict=True)):
        fields = {keys.ROW: codec.encode(records[place])}
        if history is not None:
            fields[keys.HISTORY] = history
        for name, column in vectors.items():
            if column[place].is_valid:
                vector = numpy_column(column[place].values, 1)
                fields[f"{keys.VECTOR}{name}"] = encode_vector(vector)
        yield key_of(target.release, identity), fields
