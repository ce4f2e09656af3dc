"""The step `stats`: small tables for monitoring and BI, one Parquet file each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from offline.features.event_table import read_table
from offline.runtime.step import RunContext, Step
from sparrow.settings import Settings

Table = Callable[[DataFrame, DataFrame], DataFrame]  # ratings, movies → a small table


def step(_: Settings) -> Step:
    """Statistics of the data set."""
    return Step("stats", "statistics tables for BI", run)


def run(context: RunContext, folder: Path) -> None:
    """Writes `<table>.parquet` for each of TABLES; none grows with the number of ratings."""
    ratings = read_table(context.spark, context.tables, "ratings").cache()
    movies = read_table(context.spark, context.tables, "movies")
    for name, table in TABLES.items():
        pq.write_table(table(ratings, movies).toArrow(), folder / f"{name}.parquet")
    ratings.unpersist()


def _day() -> Column:
    return F.to_date(F.timestamp_seconds("timestamp"))


def _month() -> Column:
    return F.trunc(F.timestamp_seconds("timestamp"), "month")


def ratings_by_day(ratings: DataFrame, _: DataFrame) -> DataFrame:
    """day, ratings, active_users, rating_mean."""
    return (
        ratings.groupBy(_day().alias("day"))
        .agg(
            F.count("*").alias("ratings"),
            F.countDistinct("user_id").alias("active_users"),
            F.avg("rating").alias("rating_mean"),
        )
        .orderBy("day")
    )


def rating_histogram(ratings: DataFrame, _: DataFrame) -> DataFrame:
    """rating (stars), ratings."""
    return ratings.groupBy("rating").agg(F.count("*").alias("ratings")).orderBy("rating")


def genre_shares(ratings: DataFrame, movies: DataFrame) -> DataFrame:
    """month, genre, ratings, share: the share of the month's ratings that the genre received.

    A movie of several genres counts for each, so a month's shares add up to more than one.
    """
    month = ratings.withColumn("month", _month())
    total = month.groupBy("month").agg(F.count("*").alias("total"))
    return (
        month.join(movies.select("movie_id", F.explode("genres").alias("genre")), on="movie_id")
        .groupBy("month", "genre")
        .agg(F.count("*").alias("ratings"))
        .join(total, on="month", how="inner")
        .select("month", "genre", "ratings", (F.col("ratings") / F.col("total")).alias("share"))
        .orderBy("month", "genre")
    )


def _counts(ratings: DataFrame, movies: DataFrame) -> DataFrame:
    counted = ratings.groupBy("movie_id").agg(F.count("*").alias("ratings"))
    return movies.select("movie_id").join(counted, on="movie_id", how="left").fillna(0, "ratings")


def popularity_curve(ratings: DataFrame, movies: DataFrame) -> DataFrame:
    """percentile of movies (1 the most rated), ratings, share of all ratings: the long tail."""
    placed = _counts(ratings, movies).withColumn(
        "percentile", F.ntile(100).over(Window.orderBy(F.desc("ratings"), "movie_id"))
    )
    by_percentile = placed.groupBy("percentile").agg(F.sum("ratings").alias("ratings"))
    share = F.col("ratings") / F.sum("ratings").over(Window.partitionBy())
    return by_percentile.withColumn("share", share).orderBy("percentile")


def cold_movies(ratings: DataFrame, movies: DataFrame) -> DataFrame:
    """at_most (ratings), movies: how many movies have at most so many ratings."""
    counts = _counts(ratings, movies)
    at_most = F.explode(F.array(*[F.lit(n) for n in (0, 1, 5, 10, 50, 100)]))
    return (
        counts.withColumn("at_most", at_most)
        .groupBy("at_most")
        .agg(F.count_if(F.col("ratings") <= F.col("at_most")).alias("movies"))
        .orderBy("at_most")
    )


def catalogue_growth(ratings: DataFrame, _: DataFrame) -> DataFrame:
    """month, new_movies (first rated in it), movies (rated so far)."""
    first = ratings.groupBy("movie_id").agg(F.min("timestamp").alias("timestamp"))
    by_month = first.groupBy(_month().alias("month")).agg(F.count("*").alias("new_movies"))
    so_far = F.sum("new_movies").over(Window.orderBy("month"))
    return by_month.withColumn("movies", so_far).orderBy("month")


TABLES: dict[str, Table] = {
    "ratings_by_day": ratings_by_day,
    "rating_histogram": rating_histogram,
    "genre_shares": genre_shares,
    "popularity_curve": popularity_curve,
    "cold_movies": cold_movies,
    "catalogue_growth": catalogue_growth,
}
