"""The step `features`: the feature set, and rows of users and movies as of the last event."""

from __future__ import annotations

import json
from pathlib import Path

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from offline.features.event_table import (
    catalogue_genres,
    load_movies,
    load_rating_events,
    read_table,
)
from offline.features.feature_rows import (
    movie_serving_rows,
    popularity_histogram_of,
    user_serving_rows,
)
from offline.runtime.step import RunContext, Step
from sparrow.features.declarations import PADDING, FeatureSet, build_feature_set
from sparrow.settings import Settings

DEMOGRAPHIC_VOCABULARIES = {"genders": "gender", "occupations": "occupation"}


def step(settings: Settings) -> Step:
    """Feature rows to serve."""
    return Step(
        "features",
        "feature rows of users and movies",
        run,
        parameters={"like_threshold": settings.like_threshold},
    )


def run(context: RunContext, folder: Path) -> None:
    """Writes `features.json`, `codes.json`, `as_of.json` and the rows in `users/` and `movies/`.

    `as_of` is one second after the last event: rows as of then know every event.
    """
    spark, tables = context.spark, context.tables
    genres = catalogue_genres(read_table(spark, tables, "movies"))
    features = build_feature_set(genres, context.settings.like_threshold)
    codes = demographic_codes(read_table(spark, tables, "users"))
    as_of = int(context.dataset()["time_range"][1]) + 1
    events = load_rating_events(spark, tables, genres).withColumn("visible", F.lit(True)).cache()
    behavioural = user_serving_rows(events, features, as_of)
    users = with_demographics(behavioural, read_table(spark, tables, "users"), codes)
    movies = movie_serving_rows(
        load_movies(spark, tables, genres), events, features, popularity_histogram_of(events), as_of
    )
    users.write.parquet(str(folder / "users"))
    movies.write.parquet(str(folder / "movies"))
    events.unpersist()
    (folder / "features.json").write_text(features.to_json())
    (folder / "codes.json").write_text(json.dumps(codes))
    (folder / "as_of.json").write_text(json.dumps(as_of))


def load_feature_set(folder: Path) -> FeatureSet:
    """The feature set that the step wrote."""
    return FeatureSet.from_json((folder / "features.json").read_text())


def demographic_codes(users: DataFrame) -> dict[str, list[str]]:
    """The spellings of each demographic in alphabetical order; a spelling's code is its place."""
    return {
        vocabulary: sorted(
            row[0] for row in users.select(column).distinct().collect() if row[0] is not None
        )
        for vocabulary, column in DEMOGRAPHIC_VOCABULARIES.items()
    }


def with_demographics(rows: DataFrame, users: DataFrame, codes: dict[str, list[str]]) -> DataFrame:
    """`rows` and user_age, user_gender, user_occupation of each row's user_id.

    Gender and occupation are codes. Unknown values, also of users without a profile, get the
    features' defaults.
    """
    coded = users.select(
        "user_id",
        F.col("age").cast("float").alias("user_age"),
        _code("gender", codes["genders"]).alias("user_gender"),
        _code("occupation", codes["occupations"]).alias("user_occupation"),
    )
    return rows.join(coded, on="user_id", how="left").withColumns(
        {
            "user_age": F.coalesce("user_age", F.lit(float("nan")).cast("float")),
            "user_gender": F.coalesce("user_gender", F.lit(PADDING).cast("long")),
            "user_occupation": F.coalesce("user_occupation", F.lit(PADDING).cast("long")),
        }
    )


def _code(column: str, spellings: list[str]) -> Column:
    known = F.array(*[F.lit(s) for s in spellings]) if spellings else F.array(F.lit(None))
    place = F.array_position(known, F.col(column)) - 1  # array_position counts from 1, 0 is "none"
    return F.when(place >= 0, place).cast("long")
