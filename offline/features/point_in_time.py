"""Feature rows of any (user, movie, timestamp) from earlier ratings, or from all others."""

from __future__ import annotations

import json
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from offline.features.event_table import load_movies, load_rating_events, read_table
from offline.features.feature_rows import (
    movie_sample_rows,
    popularity_histogram_of,
    user_sample_rows,
)
from offline.features.step import load_feature_set, with_demographics
from offline.runtime.step import RunContext


def point_in_time_features(context: RunContext, queries: DataFrame, others: bool) -> DataFrame:
    """`row`, then every feature, for each of `queries` (row, user_id, movie_id, timestamp).

    They see the ratings strictly before their moment, or all `others`: those of any time but the
    one of the same user and movie. A moment that is null is the one after the last rating. Users
    and movies that are not in the data set get the features of a user or movie without events.
    """
    spark, tables, source = context.spark, context.tables, context.output_of("features")
    features = load_feature_set(source)
    codes = json.loads((source / "codes.json").read_text())
    after_all = json.loads((source / "as_of.json").read_text())
    ratings = load_rating_events(spark, tables, features.genres).withColumns(
        {"row": F.lit(None).cast("long"), "visible": F.lit(True), "is_sample": F.lit(False)}
    )
    query_events = queries.join(
        load_movies(spark, tables, features.genres), on="movie_id", how="left"
    ).select(
        "row",
        "user_id",
        "movie_id",
        F.coalesce("timestamp", F.lit(after_all)).alias("timestamp"),
        F.lit(None).cast("float").alias("rating"),
        F.coalesce("genres", F.lit(0)).alias("genres"),
        F.coalesce("year", F.lit(float("nan"))).alias("year"),
        F.lit(False).alias("visible"),
        F.lit(True).alias("is_sample"),
    )
    events = ratings.unionByName(query_events).cache()
    own_movie, own_user = ("movie_id", "user_id") if others else (None, None)
    rows = user_sample_rows(events, features, ("row", "user_id"), own_movie).join(
        movie_sample_rows(events, features, popularity_histogram_of(events), ("row",), own_user),
        on="row",
        how="inner",
    )
    known = with_demographics(rows, read_table(spark, tables, "users"), codes)
    return known.select("row", *(f.name for f in features.features))


def write_point_in_time_features(
    context: RunContext, queries: Path, target: Path, others: bool = False
) -> None:
    """Reads queries from Parquet, writes their rows to the folder `target` in order of `row`."""
    rows = point_in_time_features(context, context.spark.read.parquet(str(queries)), others)
    rows.orderBy("row").write.parquet(str(target))
