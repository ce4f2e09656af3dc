"""The event table: ratings with what the folds need to know of the movie, joined once."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from sparrow.dataset.tables import DatasetTables
from sparrow.features.declarations import MAX_GENRES


def catalogue_genres(movies: DataFrame) -> tuple[str, ...]:
    """The genres of the catalogue in alphabetical order; of very many, the largest `MAX_GENRES`."""
    counted = (
        movies.select(F.explode("genres").alias("genre"))
        .groupBy("genre")
        .count()
        .orderBy(F.desc("count"), "genre")
        .limit(MAX_GENRES)
    )
    return tuple(sorted(row["genre"] for row in counted.collect()))


def genre_bitmask(genres: tuple[str, ...]) -> Column:
    """The `genres` array as bits of one integer, in the order of the feature set."""
    bits = [
        F.when(F.array_contains("genres", genre), F.lit(1 << position)).otherwise(F.lit(0))
        for position, genre in enumerate(genres)
    ]
    return reduce(Column.bitwiseOR, bits, F.lit(0).cast("long")).cast("long")


def read_table(spark: SparkSession, tables: DatasetTables, table: str) -> DataFrame:
    """A canonical table."""
    return spark.read.parquet(str(tables.path(table)))


def load_movies(spark: SparkSession, tables: DatasetTables, genres: tuple[str, ...]) -> DataFrame:
    """movie_id, genres (bits) and year (float, NaN where unknown) of every movie."""
    return read_table(spark, tables, "movies").select(
        "movie_id",
        genre_bitmask(genres).alias("genres"),
        F.coalesce(F.col("year").cast("float"), F.lit(float("nan"))).alias("year"),
    )


def load_rating_events(
    spark: SparkSession, tables: DatasetTables, genres: tuple[str, ...]
) -> DataFrame:
    """user_id, movie_id, timestamp, rating, genres (bits), year: one row a rating."""
    return (
        read_table(spark, tables, "ratings")
        .join(load_movies(spark, tables, genres), on="movie_id", how="inner")
        .select("user_id", "movie_id", "timestamp", "rating", "genres", "year")
    )
