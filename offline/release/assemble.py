"""Assembles a release folder (see `sparrow.release.manifest`) from the outputs of the steps."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from offline.features.event_table import read_table
from offline.features.step import load_feature_set
from offline.release.rating_predictor import fit_rating_predictor
from offline.runtime.arrow import numpy_column
from offline.runtime.step import RunContext
from sparrow.features.declarations import Entity, FeatureSet
from sparrow.release.manifest import Manifest
from sparrow.signals.loading import TASTES, SignalParams
from sparrow.signals.models.taste_clusters import TasteClusters
from sparrow.units import WEEK
from sparrow.vectors.item_vectors import ItemVectors

TOP_RATINGS = 10
STEPS = 10  # of the scale of stars, half a star each


@dataclass(frozen=True)
class ReleaseInputs:
    """The folders that a release is made of."""

    features: Path
    samples: Path  # whose encoding the models were trained with
    embeddings: dict[str, Path]  # name → folder with movies/, movie_parts/ and users/
    content: dict[str, Path]  # embedding of movies alone → folder
    similarities: dict[str, Path]  # name → folder
    stats: Path
    models: dict[str, Path]  # name → SavedModel


def assemble(context: RunContext, parts: ReleaseInputs, manifest: Manifest, folder: Path) -> None:
    """Fills the empty `folder`; the manifest comes last, so that its presence means complete."""
    features = load_feature_set(parts.features)
    _movies(context, folder, manifest.as_of)
    _rows(context, parts, folder)
    _movie_features(folder, features)
    for name, made in parts.embeddings.items():
        shutil.copytree(made / "movies", folder / "embeddings" / name)
    for name, made in parts.content.items():
        shutil.copytree(made, folder / "embeddings" / name)
    for name, made in parts.similarities.items():
        shutil.copytree(made, folder / "similarities" / name)
    shutil.copytree(parts.stats, folder / "stats", ignore=shutil.ignore_patterns("step.json"))
    for name, model in parts.models.items():
        shutil.copytree(model, folder / "models" / name / "1")
    _signals(context, folder, features)
    fit_rating_predictor(parts.samples, context.settings.seed).save(folder / "rating_predictor.npz")
    for source in (parts.features / "features.json", parts.samples / "preprocessing.json"):
        shutil.copy(source, folder)
    (folder / "manifest.json").write_text(manifest.to_json())


def _movies(context: RunContext, folder: Path, as_of: int) -> None:
    """`movies.parquet`: one file, ascending by id, as the arrays beside it are."""
    movies, links, ratings = (
        read_table(context.spark, context.tables, t) for t in ("movies", "links", "ratings")
    )
    table = (
        movies.join(links.dropDuplicates(["movie_id"]), on="movie_id", how="left")
        .join(_rating_summary(ratings, as_of), on="movie_id", how="left")
        .select(
            "movie_id",
            "title",
            "year",
            "genres",
            "imdb_id",
            "tmdb_id",
            F.coalesce("rating_count", F.lit(0)).alias("rating_count"),
            F.coalesce("rating_mean", F.lit(float("nan"))).alias("rating_mean"),
            "first_rated",
            F.coalesce("rated_last_week", F.lit(0)).alias("rated_last_week"),
            F.coalesce("top_ratings", F.array()).alias("top_ratings"),
            F.coalesce("star_counts", F.array_repeat(F.lit(0).cast("long"), STEPS)).alias(
                "star_counts"
            ),
        )
        .coalesce(1)
        .sortWithinPartitions("movie_id")
    )
    table.write.parquet(str(folder / "movies.parts"))
    (part,) = (folder / "movies.parts").glob("*.parquet")
    part.rename(folder / "movies.parquet")
    shutil.rmtree(folder / "movies.parts")


def _rating_summary(ratings: DataFrame, as_of: int) -> DataFrame:
    """What a movie's ratings come to: a row a rated movie.

    rating_count, rating_mean, first_rated (seconds since 1970), rated_last_week (ratings in the
    seven days before `as_of`), top_ratings (best first, of equals the latest first), star_counts
    (how many gave half a star, one, … five).
    """
    best = Window.partitionBy("movie_id").orderBy(F.desc("rating"), F.desc("timestamp"), "user_id")
    rating = F.struct("place", "user_id", F.col("rating").alias("score"), "timestamp")
    top = F.array_sort(
        F.collect_list(F.when(F.col("place") <= TOP_RATINGS, rating))  # nulls are not collected
    )
    half_stars = F.round(F.col("rating") * 2)
    given = [F.count_if(half_stars == step) for step in range(1, STEPS + 1)]
    return (
        ratings.withColumn("place", F.row_number().over(best))
        .groupBy("movie_id")
        .agg(
            F.count("*").alias("rating_count"),
            F.avg("rating").cast("float").alias("rating_mean"),
            F.min("timestamp").alias("first_rated"),
            F.count_if(F.col("timestamp") >= as_of - WEEK).alias("rated_last_week"),
            F.transform(top, lambda r: r.dropFields("place")).alias("top_ratings"),
            F.array(*given).alias("star_counts"),
        )
    )


def _rows(context: RunContext, parts: ReleaseInputs, folder: Path) -> None:
    """`users/` and `movies/`: the rows that publishing writes to the feature store."""
    for entity, key in (("users", "user_id"), ("movies", "movie_id")):
        rows = context.spark.read.parquet(str(parts.features / entity))
        for name, made in parts.embeddings.items():
            source = "users" if entity == "users" else "movie_parts"
            vectors = context.spark.read.parquet(str(made / source))
            named = vectors.select(F.col("id").alias(key), F.col("vector").alias(f"vec_{name}"))
            rows = rows.join(named, on=key, how="left")
        rows.write.parquet(str(folder / entity))


def _signals(context: RunContext, folder: Path, features: FeatureSet) -> None:
    """Constants of the signals, and the tastes that newcomers share points out among."""
    SignalParams(like_threshold=context.settings.like_threshold).save(folder)
    movies = pq.read_table(folder / "movies.parquet", columns=["movie_id", "year", "rating_count"])
    ids = movies["movie_id"].to_numpy()
    genres = np.load(folder / "movie_features" / "movie_genres.npy")[:, : len(features.genres)]
    als = folder / "embeddings" / "als"
    tastes = TasteClusters.fit(
        genres,
        features.genres,
        movies["rating_count"].to_numpy(),
        movies["year"].cast("float64").to_numpy(),
        ItemVectors.load(als, ids).matrix if als.is_dir() else None,
    )
    tastes.save(folder / TASTES)


def _movie_features(folder: Path, features: FeatureSet) -> None:
    """`movie_features/`: a contiguous array per feature, rows as in `movies.parquet`."""
    ids = pq.read_table(folder / "movies.parquet", columns=["movie_id"])["movie_id"].to_numpy()
    target = folder / "movie_features"
    target.mkdir()
    for feature in features.of(Entity.MOVIE):
        shape = (len(ids), feature.length) if feature.length > 1 else (len(ids),)
        array = np.lib.format.open_memmap(
            target / f"{feature.name}.npy", mode="w+", dtype=feature.dtype, shape=shape
        )
        for batch in _batches(folder / "movies", ["movie_id", feature.name]):
            place = np.searchsorted(ids, batch["movie_id"].to_numpy())
            array[place] = numpy_column(batch[feature.name], feature.length)
        array.flush()


def _batches(folder: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    # a requested column may be the key itself
    yield from ds.dataset(folder).to_batches(columns=list(dict.fromkeys(columns)))
