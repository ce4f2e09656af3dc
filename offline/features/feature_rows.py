"""Feature rows by the folds of `sparrow.features.folds`: one Spark task per user or movie."""

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
    PopularityHistogram,
    context_rows,
    genre_flags,
    movie_rows,
    popularity_histogram,
    popularity_thresholds,
    threshold_crossings,
    user_rows,
)
from sparrow.features.rating_events import Events, order_by_time
from sparrow.features.row_codec import encode_history
from sparrow.features.visibility import MISSING_EVENT, EventVisibility, LeaveOneOut, PastEvents

DEMOGRAPHICS = ("user_id", "user_age", "user_gender", "user_occupation")


def behavioural_features(features: FeatureSet) -> tuple[Feature, ...]:
    """The features of users that come from the fold: all but id and demographics."""
    return tuple(f for f in features.of(Entity.USER) if f.name not in DEMOGRAPHICS)


def events_of(table: pa.Table, other: str) -> Events:
    """One entity's events in time order; `other` is the id column that ties are shuffled by."""
    column = {name: table[name].to_numpy() for name in table.column_names}
    return Events.sorted_by_time(
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


def _apply_by_key(
    frame: DataFrame, key: str, fold: Callable[[pa.Table], dict[str, pa.Array]], schema: pa.Schema
) -> DataFrame:
    def apply(table: pa.Table) -> pa.Table:
        return pa.table(fold(table), schema=schema)

    return frame.groupBy(key).applyInArrow(apply, from_arrow_schema(schema))


PASSTHROUGH_COLUMNS = {
    "row": pa.int64(),
    "user_id": pa.int64(),
    "movie_id": pa.int64(),
    "timestamp": pa.int64(),
    "rating": pa.float32(),
    "weight": pa.float32(),
    "part": pa.string(),
}
"""Columns of an event that may travel beside its features."""


def visibility_of(table: pa.Table, other: str, own: str | None) -> EventVisibility:
    """What the `is_sample` rows of one entity see of the events that are `visible`.

    `other` is the id column of the other party; `own` the column with its id in the event that a
    row must not see though it sees all else, None where rows see only what went before them.
    """
    known, samples = table.filter(table["visible"]), table.filter(table["is_sample"])
    events, at = events_of(known, other), samples["timestamp"].to_numpy()
    if own is None:
        return PastEvents(events, at)
    order = order_by_time(known["timestamp"].to_numpy(), known[other].to_numpy())
    places = pc.index_in(samples[own], value_set=known[other].take(pa.array(order)))
    return LeaveOneOut(events, at, places.fill_null(MISSING_EVENT).to_numpy().astype(np.int64))


def user_sample_rows(
    events: DataFrame, features: FeatureSet, passthrough: tuple[str, ...], own: str | None = None
) -> DataFrame:
    """The columns `passthrough`, and user and context features of each `is_sample` event.

    The fold sees only `visible` events (see `visibility_of`).
    """
    declared = (*behavioural_features(features), *features.of(Entity.CONTEXT))

    def fold(table: pa.Table) -> dict[str, pa.Array]:
        samples, visibility = (
            table.filter(table["is_sample"]),
            visibility_of(table, "movie_id", own),
        )
        rows = {**user_rows(visibility, features), **context_rows(visibility.at)}
        return {**{name: samples[name] for name in passthrough}, **arrow_rows(declared, rows)}

    return _apply_by_key(
        events, "user_id", fold, schema_of(_passthrough_fields(passthrough), declared)
    )


def movie_sample_rows(
    events: DataFrame,
    features: FeatureSet,
    curve: PopularityHistogram,
    passthrough: tuple[str, ...],
    own: str | None = None,
) -> DataFrame:
    """The columns `passthrough`, and movie features of each `is_sample` event."""
    declared = features.of(Entity.MOVIE)

    def fold(table: pa.Table) -> dict[str, pa.Array]:
        samples, visibility = table.filter(table["is_sample"]), visibility_of(table, "user_id", own)
        rows = _movie_row_values(table, visibility, features, curve)
        return {**{name: samples[name] for name in passthrough}, **arrow_rows(declared, rows)}

    return _apply_by_key(
        events, "movie_id", fold, schema_of(_passthrough_fields(passthrough), declared)
    )


def _passthrough_fields(names: tuple[str, ...]) -> list[pa.Field]:
    return [pa.field(name, PASSTHROUGH_COLUMNS[name]) for name in names]


def _movie_row_values(
    movie: pa.Table, visibility: EventVisibility, features: FeatureSet, curve: PopularityHistogram
) -> dict[str, np.ndarray]:
    """All features of one movie for the rows of `visibility`."""
    rows, year = len(visibility.at), movie["year"][0].as_py()
    flags = genre_flags(np.array([movie["genres"][0].as_py()]), features)
    return {
        "movie_id": np.full(rows, movie["movie_id"][0].as_py()),
        "movie_year": np.full(rows, year),
        "movie_genres": np.repeat(flags, rows, axis=0),
        **movie_rows(visibility, year, curve, features),
    }


def user_serving_rows(events: DataFrame, features: FeatureSet, as_of: int) -> DataFrame:
    """user_id, behavioural_features as of `as_of`, and `history` (packed ratings, oldest first)."""
    declared = behavioural_features(features)

    def fold(table: pa.Table) -> dict[str, pa.Array]:
        events = events_of(table, other="movie_id")
        rows = user_rows(PastEvents(events, np.array([as_of])), features)
        history = encode_history(events.movie_id, events.timestamp, events.rating)
        return {
            "user_id": table["user_id"].slice(0, 1),
            "history": pa.array([history], pa.binary()),
            **arrow_rows(declared, rows),
        }

    keys = [pa.field("user_id", pa.int64()), pa.field("history", pa.binary())]
    return _apply_by_key(events, "user_id", fold, schema_of(keys, declared))


def movie_serving_rows(
    catalogue: DataFrame,
    events: DataFrame,
    features: FeatureSet,
    curve: PopularityHistogram,
    as_of: int,
) -> DataFrame:
    """Every movie's features as of `as_of`, the unrated ones too."""
    declared = features.of(Entity.MOVIE)
    rated = events.select("movie_id", "user_id", "timestamp", "rating")

    def fold(table: pa.Table) -> dict[str, pa.Array]:
        known = table.filter(pc.is_valid(table["rating"]))
        visibility = PastEvents(events_of(known, other="user_id"), np.array([as_of]))
        return arrow_rows(declared, _movie_row_values(table, visibility, features, curve))

    frame = catalogue.join(rated, on="movie_id", how="left")
    return _apply_by_key(frame, "movie_id", fold, schema_of([], declared))


def popularity_histogram_of(events: DataFrame) -> PopularityHistogram:
    """The popularity curve over all `visible` events: it grows with weeks, not with data."""
    thresholds = popularity_thresholds()
    schema = pa.schema([pa.field("threshold", pa.int64()), pa.field("week", pa.int64())])

    def fold(table: pa.Table) -> dict[str, pa.Array]:
        reached, week = threshold_crossings(np.sort(table["timestamp"].to_numpy()), thresholds)
        return {"threshold": pa.array(reached), "week": pa.array(week)}

    known = events.where(F.col("visible")).select("movie_id", "timestamp")
    counted = (
        _apply_by_key(known, "movie_id", fold, schema)
        .groupBy("threshold", "week")
        .count()
        .toArrow()
    )
    column, week, count = (counted[c].to_numpy() for c in ("threshold", "week", "count"))
    return popularity_histogram(column, week, count)
