"""Rows on their way to Redis, without those of users who wanted to be forgotten."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from offline.release.redis_writer import RedisTarget, write_rows
from offline.runtime.arrow import arrow_rows
from offline.runtime.step import RunContext
from sparrow.features.declarations import Entity, build_feature_set
from sparrow.features.row_codec import RowCodec, encode_history
from sparrow.redis import keys
from sparrow.redis.connection import redis_client, redis_for

pytestmark = [pytest.mark.spark, pytest.mark.redis]
USERS = np.arange(1, 31)


def test_erased_users_are_not_written(space: RunContext, tmp_path) -> None:
    features = build_feature_set(("Comedy", "Drama"))
    rows = features.empty_rows(Entity.USER, len(USERS))
    rows["user_id"] = USERS
    declared = features.of(Entity.USER)
    columns = arrow_rows(declared, {f.name: rows[f.name] for f in declared})
    history = [encode_history(np.array([u]), np.array([9]), np.array([4.0])) for u in USERS]
    pq.write_table(pa.table({**columns, "history": history}), tmp_path / "users.parquet")
    users = space.spark.read.parquet(str(tmp_path))
    with redis_for(space.settings) as url, redis_client(url) as client:
        client.sadd(keys.DELETED_USERS, 3, 17)
        destination = RedisTarget(url, "forgetful", features, ())
        try:
            assert write_rows(users, Entity.USER, destination) == len(USERS)
            written = [u for u in USERS.tolist() if client.exists(keys.user("forgetful", u))]
            assert written == [u for u in USERS.tolist() if u not in (3, 17)]
            row = client.hget(keys.user("forgetful", 4), keys.ROW)
            assert RowCodec(features, Entity.USER).decode(row)["user_id"] == 4
        finally:
            client.srem(keys.DELETED_USERS, 3, 17)
