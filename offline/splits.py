"""Which ratings are for training, for choosing and for testing."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

Split = Literal["time", "random"]
PARTS = ("train", "validation", "test")
HELD_OUT = "held_out"
"""The part of the time split that flows are chosen on; see `held_out`."""

TRAIN_SHARE, VALIDATION_SHARE = 0.8, 0.1
HELD_OUT_SHARE = 0.05
DAY = 86_400
_BUCKETS = 1_000_000


def split_by_time(events: DataFrame, seed: int) -> DataFrame:
    """`part` by global time, all events `known`: each row sees all that went before.

    What `held_out` picks of the events before the validation part is the part HELD_OUT.
    """
    test = time_cuts(events)[1]
    picked = held_out(events, seed)
    part = (
        F.when(F.col("held_at_random") | F.col("held_last"), HELD_OUT)
        .when(F.col("before_validation"), "train")
        .when(F.col("timestamp") < test, "validation")
        .otherwise("test")
    )
    columns = {"part": part, "known": F.lit(True), "wanted": F.lit(True)}
    return picked.withColumns(columns).select(*events.columns, *columns)


def held_out(events: DataFrame, seed: int) -> DataFrame:
    """`events` and three flags: which of them no model is trained on, so that flows can be chosen.

    `before_validation`: earlier than the validation part; only such events are held out.
    `held_at_random`: 5 % of them, by a hash of the rating and the seed.
    `held_last`: each viewer's last one, where there is one before it.
    """
    validation = time_cuts(events)[0]
    before = F.col("timestamp") < validation
    hashed = F.xxhash64("user_id", "movie_id", F.lit(seed), F.lit(HELD_OUT))
    viewer = Window.partitionBy("user_id", "before_validation")
    newest_first = viewer.orderBy(F.desc("timestamp"), F.col("held_hash"))
    place, count = F.row_number().over(newest_first), F.count("*").over(viewer)
    return (
        events.withColumns({"before_validation": before, "held_hash": hashed})
        .withColumns(
            {
                "held_at_random": before & (share_of(F.col("held_hash")) < HELD_OUT_SHARE),
                "held_last": before & (place == 1) & (count > 1),
            }
        )
        .drop("held_hash")
    )


def split_at_random(events: DataFrame, seed: int) -> DataFrame:
    """`part` by a hash of the rating; only the train part is `known` to the folds."""
    share = share_of(F.xxhash64("user_id", "movie_id", F.lit(seed)))
    part = (
        F.when(share < TRAIN_SHARE, "train")
        .when(share < TRAIN_SHARE + VALIDATION_SHARE, "validation")
        .otherwise("test")
    )
    return events.withColumns({"part": part, "known": part == "train", "wanted": F.lit(True)})


def share_of(hashed: Column) -> Column:
    """A number in [0, 1) from a hash."""
    return F.pmod(hashed, F.lit(_BUCKETS)) / _BUCKETS


def time_cuts(events: DataFrame) -> tuple[int, int]:
    """The first second of the validation part and of the test part.

    Exact, so that they depend on the events alone and not on how Spark has cut them into
    partitions: counted by days, then by the seconds of one day.
    """
    shares = (TRAIN_SHARE, TRAIN_SHARE + VALIDATION_SHARE)
    day, count = _counts(events, F.expr(f"timestamp div {DAY}"))
    end = np.cumsum(count)
    cuts = []
    for share in shares:
        wanted = share * end[-1]
        place = int(np.searchsorted(end, wanted, side="right"))
        of_day = events.where(F.expr(f"timestamp div {DAY}") == int(day[place]))
        second, here = _counts(of_day, F.col("timestamp"))
        before = end[place] - count[place]
        cuts.append(int(second[np.searchsorted(before + np.cumsum(here), wanted, side="right")]))
    return cuts[0], cuts[1]


def _counts(events: DataFrame, key: Column) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values of `key`, ascending, and how many events have each."""
    table = events.groupBy(key.alias("key")).count().toArrow().sort_by("key")
    return table["key"].to_numpy(), table["count"].to_numpy()
