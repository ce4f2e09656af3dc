"""Splits of ratings into train, validation and test."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sparrow.units import DAY

Split = Literal["time", "random"]
SPLITS = ("train", "validation", "test")
TRAIN_SHARE, VALIDATION_SHARE = 0.8, 0.1
_BUCKETS = 1_000_000


def split_by_time(events: DataFrame) -> DataFrame:
    """`part` by global time; all events are `visible` to later rows."""
    validation, test = time_boundaries(events)
    part = (
        F.when(F.col("timestamp") < validation, "train")
        .when(F.col("timestamp") < test, "validation")
        .otherwise("test")
    )
    return events.withColumns({"part": part, "visible": F.lit(True), "is_sample": F.lit(True)})


def split_at_random(events: DataFrame, seed: int) -> DataFrame:
    """`part` by a hash of the rating; only the train part is `visible` to the folds."""
    share = hash_fraction(F.xxhash64("user_id", "movie_id", F.lit(seed)))
    part = (
        F.when(share < TRAIN_SHARE, "train")
        .when(share < TRAIN_SHARE + VALIDATION_SHARE, "validation")
        .otherwise("test")
    )
    return events.withColumns({"part": part, "visible": part == "train", "is_sample": F.lit(True)})


def hash_fraction(hashed: Column) -> Column:
    """A number in [0, 1) from a hash."""
    return F.pmod(hashed, F.lit(_BUCKETS)) / _BUCKETS


def time_boundaries(events: DataFrame) -> tuple[int, int]:
    """The first second of the validation part and of the test part.

    Exact, so that they depend on the events alone and not on how Spark has cut them into
    partitions: counted by days, then by the seconds of one day.
    """
    shares = (TRAIN_SHARE, TRAIN_SHARE + VALIDATION_SHARE)
    day, count = _counts(events, F.expr(f"timestamp div {DAY}"))
    end = np.cumsum(count)
    cuts = []
    for share in shares:
        target = share * end[-1]
        place = int(np.searchsorted(end, target, side="right"))
        of_day = events.where(F.expr(f"timestamp div {DAY}") == int(day[place]))
        second, here = _counts(of_day, F.col("timestamp"))
        before = end[place] - count[place]
        cuts.append(int(second[np.searchsorted(before + np.cumsum(here), target, side="right")]))
    return cuts[0], cuts[1]


def _counts(events: DataFrame, key: Column) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values of `key`, ascending, and how many events have each."""
    table = events.groupBy(key.alias("key")).count().toArrow().sort_by("key")
    return table["key"].to_numpy(), table["count"].to_numpy()
