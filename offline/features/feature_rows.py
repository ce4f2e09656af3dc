"""Feature rows by the folds of `sparrow.features.folds`, an entity's events a task (Arrow grouped maps)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from offline.runtime.arrow import arrow_rows, arrow_type
from sparrow.features.declarations import Entity, Feature, FeatureSet
from sparrow.features.folds import (
    PopularityCurve,
    context_rows,
    crossings,
    genre_flags,
    movie_rows,
    popularity_curve,
    popularity_thresholds,
    user_rows,
)
from sparrow.features.rating_events import Events, time_order
from sparrow.features.row_codec import encode_history
from sparrow.features.visibility import NOT_THERE, Others, Past, Sight

DEMOGRAPHICS = ("user_id", "user_age", "user_gender", "user_occupation")


def behaviour(features: FeatureSet) -> tuple[Feature, ...]:
    """The features of users that come from the fold: all but id and demographics."""
    return tuple(f for f in features.of(Entity.USER) if f.name not in DEMOGRAPHICS)


def events_of(table: pa.Table, other: str) -> Events:
    """One entity's events in time order; `other` is the id column that ties are shuffled by."""
    column = {name: table[name].to_numpy() for name in table.column_names}
    return Events.in_time_order(
        column["timestamp"],
        column[other],
        column["movie_id"],
        column["rating"],
        column["genres"],
        column["year"],
    )


def schema_of(keys: Iterable[pa.Field], features: Iterable[Feature]) -> pa.Schema:
    """Key fields, then a field per feature."""
    return pa.schema([*keys, *(pa.field(f.name, arrow_type(f)) for f in features)])


def _map(
    frame: DataFrame, key: str, fold: Callable[[pa.Table], dict[str, pa.Array]], schema: pa.Schema
) -> DataFrame:
    def apply(table: pa.Table) -> pa.Table:
        return pa.table(fold(table), schema=schema)

    return frame.groupBy(key).applyInArrow(apply, from_arrow_schema(schema))


CARRIED = {
    "row": pa.int64(),
    "user_id": pa.int64(),
    "movie_id": pa.int64(),
    "timestamp": pa.int64(),
    "rating": pa.float32(),
    "weight": pa.float32(),
    "part": pa.string(),
}
"""Columns of an event that may travel beside its features."""


def sight_of(table: pa.Table, other: str, own: str | None) -> Sight:
    """What the `wanted` rows of one entity see of the events that are `known`.

    `other` is the id column of the other party; `own` the column with its id in the event that a
    row must not see though it sees all else, None where rows see only what went before them.
    """
    known, wanted = table.filter(table["known"]), table.filter(table["wanted"])
    events, at = events_of(known, other), wanted["timestamp"].to_numpy()
    if own is None:
        return Past(events, at)
    order = time_order(known["timestamp"].to_numpy(), known[other].to_numpy())
    places = pc.index_in(wanted[own], value_set=known[other].take(pa.array(order)))
    return Others(events, at, places.fill_null(NOT_THERE).to_numpy().astype(np.int64))


def user_sample_rows(
    events: DataFrame, features: FeatureSet, carry: tuple[str, ...], own: str | None = None
) -> DataFrame:
    """The columns `carry`, and user and context features of each `wanted` event.

    The fold sees only events that are `known`, as `sight_of` says.
    """
    declared = (*behaviour(features), *features.of(Entity.CONTEXT))

    def fold(table: pa.Table) -> dict[str, pa.Array]:
        wanted, sight = table.filter(table["wanted"]), sight_of(table, "movie_id", own)
        rows = {**user_rows(sight, features), **context_rows(sight.at)}
        return {**{name: wanted[name] for name in carry}, **arrow_rows(declared, rows)}

    return _map(events, "user_id", fold, schema_of(_carried(carry), declared))


def movie_sample_rows(
    events: DataFrame,
    features: FeatureSet,
    curve: PopularityCurve,
    carry: tuple[str, ...],
    own: str | None = None,
) -> DataFrame:
    """The columns `carry`, and movie features of each `wanted` event."""
    declared = features.of(Entity.MOVIE)

    def fold(table: pa.Table) -> dict[str, pa.Array]:
        wanted, sight = table.filter(table["wanted"]), sight_of(table, "user_id", own)
        rows = _movie_row_values(table, sight, features, curve)
        return {**{name: wanted[name] for name in carry}, **arrow_rows(declared, rows)}

    return _map(events, "movie_id", fold, schema_of(_carried(carry), declared))


def _carried(names: tuple[str, ...]) -> list[pa.Field]:
    return [pa.field(name, CARRIED[name]) for name in names]


def _movie_row_values(
    movie: pa.Table, sight: Sight, features: FeatureSet, curve: PopularityCurve
) -> dict[str, np.ndarray]:
    """All features of one movie for the rows of `sight`."""
    rows, year = len(sight.at), movie["year"][0].as_py()
    flags = genre_flags(np.array([movie["genres"][0].as_py()]), features)
    return {
        "movie_id": np.full(rows, movie["movie_id"][0].as_py()),
        "movie_year": np.full(rows, year),
        "movie_genres": np.repeat(flags, rows, axis=0),
        **movie_rows(sight, year, curve, features),
    }


def user_serving_rows(events: DataFrame, features: FeatureSet, as_of: int) -> DataFrame:
    """user_id, behaviour as of `as_of`, and `history` (packed ratings, oldest first)."""
    declared = behaviour(features)

    def fold(table: pa.Table) -> dict[str, pa.Array]:
        events = events_of(table, other="movie_id")
        rows = user_rows(Past(events, np.array([as_of])), features)
        history = encode_history(events.movie_id, events.timestamp, events.rating)
        return {
            "user_id": table["user_id"].slice(0, 1),
            "history": pa.array([history], pa.binary()),
            **arrow_rows(declared, rows),
        }

    keys = [pa.field("user_id", pa.int64()), pa.field("history", pa.binary())]
    return _map(events, "user_id", fold, schema_of(keys, declared))


def movie_serving_rows(
    catalogue: DataFrame,
    events: DataFrame,
    features: FeatureSet,
    curve: PopularityCurve,
    as_of: int,
) -> DataFrame:
    """Every movie's features as of `as_of`, the unrated ones too."""
    declared = features.of(Entity.MOVIE)
    rated = events.select("movie_id", "user_id", "timestamp", "rating")

    def fold(table: pa.Table) -> dict[str, pa.Array]:
        known = table.filter(pc.is_valid(table["rating"]))
        sight = Past(events_of(known, other="user_id"), np.array([as_of]))
        return arrow_rows(declared, _movie_row_values(table, sight, features, curve))

    frame = catalogue.join(rated, on="movie_id", how="left")
    return _map(frame, "movie_id", fold, schema_of([], declared))


def curve_of(events: DataFrame) -> PopularityCurve:
    """The popularity curve over all `known` events: it grows with weeks, not with data."""
    thresholds = popularity_thresholds()
    schema = pa.schema([pa.field("threshold", pa.int64()), pa.field("week", pa.int64())])

    def fold(table: pa.Table) -> dict[str, pa.Array]:
        reached, week = crossings(np.sort(table["timestamp"].to_numpy()), thresholds)
        return {"threshold": pa.array(reached), "week": pa.array(week)}

    known = events.where(F.col("known")).select("movie_id", "timestamp")
    counted = _map(known, "movie_id", fold, schema).groupBy("threshold", "week").count().toArrow()
    column, week, count = (counted[c].to_numpy() for c in ("threshold", "week", "count"))
    return popularity_curve(column, week, count)
