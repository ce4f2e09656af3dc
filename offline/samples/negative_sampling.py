"""Sampled negatives: movies that a user did not rate, for models of what is watched.

Ratings alone teach who likes what they watch, not what is watched. For each rating of the train and
the validation part, `NegativeSampling.per_rating` movies are drawn that the user has not rated.

A movie is drawn by q = ½ · uniform + ½ · (ratings in the train part)^0.75, over the movies of the
train part, and its row weighs uniform / q, between 0 and 2: popular movies come often enough to
teach something, and in the sum the rows still stand for a uniform draw. The exponent is that of
Mikolov et al., Distributed Representations of Words and Phrases (2013), arXiv:1310.4546; the
mixture that bounds the weights is the defensive importance sampling of Hesterberg (1995).
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

EXPONENT = 0.75
_SLOTS_PER_MOVIE = 20  # of a movie, on average: how finely q is kept
_SPARE_DRAWS = 7  # per rating; a user of 60 % of what is drawn lacks a negative in 2 % of rows


@dataclass(frozen=True)
class NegativeSampling:
    """Number of negatives per rating."""

    per_rating: int = 1  # 0: none; a user who has rated nearly everything gets fewer


def sample_negatives(events: DataFrame, negatives: NegativeSampling, seed: int) -> DataFrame:
    """Rows like those of `events` for movies that were not rated, by a hash of rating and seed.

    `events` has user_id, movie_id, timestamp, rating, genres, year, part and visible. The result
    has these, `weight`, and `row`, the movie of the rating that it belongs to, whose timestamp and
    part it has; rating is NaN, visible false. Excluded are movies that the user has rated in the
    train part, in the same part, or up to that timestamp as far as `visible`; ratings of later
    parts are not known yet and exclude nothing.
    """
    movies = _movies(events)
    size = movies.agg(F.sum("slots").alias("total"))
    attempts = F.sequence(F.lit(0), F.lit(negatives.per_rating + _SPARE_DRAWS - 1))
    drawn = (
        events.where(F.col("part").isin("train", "validation") & (negatives.per_rating > 0))
        .select("user_id", F.col("movie_id").alias("row"), "timestamp", "part")
        .withColumn("attempt", F.explode(attempts))
        .crossJoin(F.broadcast(size))
        .withColumn("slot", F.pmod(_hash(seed), F.col("total")))
        .join(_slots(movies), on="slot", how="inner")
    )
    fresh = drawn.join(_ratings(events), on=_rated_already(), how="left_anti")
    return _first(fresh, negatives.per_rating).select(
        "row",
        "user_id",
        "movie_id",
        "timestamp",
        F.lit(float("nan")).cast("float").alias("rating"),
        "genres",
        "year",
        "part",
        F.lit(False).alias("visible"),
        F.lit(True).alias("is_sample"),
        "weight",
    )


def _hash(seed: int) -> Column:
    return F.xxhash64("user_id", "row", "attempt", F.lit(seed))


def _movies(events: DataFrame) -> DataFrame:
    """movie_id, genres, year, slots (in proportion to q) and weight, of each movie of train."""
    counted = (
        events.where(F.col("part") == "train")
        .groupBy("movie_id", "genres", "year")
        .agg(F.pow(F.count("*"), F.lit(EXPONENT)).alias("popularity"))
    )
    mean = F.broadcast(counted.agg(F.avg("popularity").alias("mean_popularity")))
    relative = F.col("popularity") / F.col("mean_popularity")
    movies = counted.crossJoin(mean).withColumn(
        "slots", F.round(_SLOTS_PER_MOVIE / 2 * (1 + relative)).cast("long")
    )
    mean_slots = F.broadcast(movies.agg(F.avg("slots").alias("mean_slots")))
    weight = (F.col("mean_slots") / F.col("slots")).cast("float")
    return movies.crossJoin(mean_slots).select(
        "movie_id", "genres", "year", "slots", weight.alias("weight")
    )


def _slots(movies: DataFrame) -> DataFrame:
    """A row a slot, numbered from 0: an even draw among them draws movies by q."""
    end = F.sum("slots").over(Window.orderBy("movie_id"))  # movies fit in one partition
    return movies.withColumn("end", end).select(
        F.explode(F.sequence(F.col("end") - F.col("slots"), F.col("end") - 1)).alias("slot"),
        "movie_id",
        "genres",
        "year",
        "weight",
    )


def _ratings(events: DataFrame) -> DataFrame:
    return events.select(*(F.col(c).alias(f"rated_{c}") for c in _RATED))


_RATED = ("user_id", "movie_id", "timestamp", "part", "visible")


def _rated_already() -> Column:
    rated = {name: F.col(f"rated_{name}") for name in _RATED}
    seen = rated["visible"] & (rated["timestamp"] <= F.col("timestamp"))
    visible = rated["part"].isin("train") | (rated["part"] == F.col("part")) | seen
    same = [rated[name] == F.col(name) for name in ("user_id", "movie_id")]
    return same[0] & same[1] & visible


def _first(drawn: DataFrame, count: int) -> DataFrame:
    """Of each rating's draws the first `count` different movies."""
    facts = [c for c in drawn.columns if c not in ("attempt", "slot", "total")]
    once = drawn.groupBy(*facts).agg(F.min("attempt").alias("attempt"))
    order = Window.partitionBy("user_id", "row").orderBy("attempt")
    return once.withColumn("place", F.row_number().over(order)).where(F.col("place") <= count)
