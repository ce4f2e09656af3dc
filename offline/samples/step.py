"""The step `samples-<split>`: every rating as a training row with point-in-time features.

Sampled negatives (`offline.samples.negative_sampling`) have the features as of their rating.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from offline.factorisation.biased_mf import MatrixFactorConfig, RatingTriples, fit_matrix_factors
from offline.factorisation.matrix_factors import MatrixFactors
from offline.features.event_table import load_rating_events, read_table
from offline.features.feature_rows import (
    movie_sample_rows,
    popularity_histogram_of,
    user_sample_rows,
)
from offline.features.step import load_feature_set, with_demographics
from offline.runtime.step import RunContext, Step
from offline.samples.negative_sampling import NegativeSampling, sample_negatives
from offline.samples.splits import SPLITS, Split, split_at_random, split_by_time
from sparrow.errors import DataError
from sparrow.features.declarations import Entity, FeatureSet, Normalisation
from sparrow.features.preprocessing import NormStats, Preprocessing
from sparrow.settings import Settings

KEYS = ["row", "user_id", "movie_id"]
NEGATIVE_SPLITS = ("train_sampled", "validation_sampled")
"""Rows of movies that were not rated, for the rated rows of the part they are named after."""

ROWS_PER_FILE = 250_000
FACTOR_CONFIG = MatrixFactorConfig()


def step(
    settings: Settings, split: Split, negatives: NegativeSampling = NegativeSampling()
) -> Step:
    """Samples split by global time, or at random for comparison with published figures."""
    return Step(
        f"samples-{split}",
        f"samples, {split} split",
        lambda context, folder: run(context, folder, split, negatives),
        depends_on=("features",),
        parameters={"seed": settings.seed, **asdict(negatives)},
    )


def run(context: RunContext, folder: Path, split: Split, negatives: NegativeSampling) -> None:
    """Writes a folder per part in a fixed random order, and `preprocessing.json`.

    Each of SPLITS, and of NEGATIVE_SPLITS as far as there are such rows. Raises DataError when
    one of SPLITS would be empty.
    """
    source = context.output_of("features")
    features = load_feature_set(source)
    codes = json.loads((source / "codes.json").read_text())
    events = _events(context, features, split).cache()
    sampled = sample_negatives(events, negatives, context.settings.seed)
    together = _all_events(events, sampled).cache()
    rows = _rows(context, together, features, others=split == "random")
    order = F.xxhash64(*KEYS, F.lit(context.settings.seed))
    ratings = context.dataset()["counts"]["ratings"]
    files = math.ceil(ratings * (1 + negatives.per_rating) / ROWS_PER_FILE)
    ordered = rows.repartition(files, order).sortWithinPartitions(order).drop("row")
    ordered.write.partitionBy("part").parquet(str(folder / "rows"))
    for cached in (together, events):
        cached.unpersist()
    for part in (*SPLITS, *NEGATIVE_SPLITS):
        written = folder / "rows" / f"part={part}"
        if part in SPLITS or written.is_dir():
            _expect_rows(written, split).rename(folder / part)
    encoding = fit_preprocessing(folder / "train", features, codes)
    (folder / "preprocessing.json").write_text(encoding.to_json())
    (folder / "features.json").write_text(features.to_json())
    fit_factors(folder / "train", context.settings.seed).save(folder / "factors.npz")


def _expect_rows(part: Path, split: Split) -> Path:
    """`part`, if Spark wrote it: it makes no folder for a part without rows."""
    if not part.is_dir():
        name = part.name.removeprefix("part=")
        advice = {
            "time": "import ratings at more different times, or split with --split random",
            "random": "import more ratings",
        }
        raise DataError(
            f"Expected ratings in every part of the {split} split, but {name} is empty: the data "
            f"set has too few ratings or too few different timestamps; {advice[split]}."
        )
    return part


def _events(context: RunContext, features: FeatureSet, split: Split) -> DataFrame:
    ratings = load_rating_events(context.spark, context.tables, features.genres)
    if split == "time":
        return split_by_time(ratings)
    return split_at_random(ratings, context.settings.seed)


def _all_events(rated: DataFrame, sampled: DataFrame) -> DataFrame:
    """Ratings and negatives; `row` is the movie of the rating that a negative belongs to.

    The parts of the sampled ones are NEGATIVE_SPLITS.
    """
    row = {"row": F.col("movie_id"), "weight": F.lit(1.0).cast("float")}
    part = F.concat("part", F.lit("_sampled"))
    return rated.withColumns(row).unionByName(sampled.withColumn("part", part))


def _rows(context: RunContext, events: DataFrame, features: FeatureSet, others: bool) -> DataFrame:
    """Every feature, rating, label, watched, weight, timestamp, part, row: one row an event.

    Features are of earlier events, or of all `others`.
    """
    codes = json.loads((context.output_of("features") / "codes.json").read_text())
    facts = (*KEYS, "timestamp", "rating", "weight", "part")
    rows = user_sample_rows(events, features, facts, "row" if others else None).join(
        movie_sample_rows(
            events,
            features,
            popularity_histogram_of(events),
            ("row", "user_id"),
            "user_id" if others else None,
        ),
        on=KEYS,
        how="inner",
    )
    watched = ~F.isnan("rating")
    label = watched & (F.col("rating") >= features.like_threshold)  # in Spark NaN is the largest
    known = with_demographics(rows, read_table(context.spark, context.tables, "users"), codes)
    flags = {"watched": watched.cast("float"), "label": label.cast("float")}
    return known.withColumns(flags).select(
        *(f.name for f in features.features), "rating", "label", "watched", "weight",
        "timestamp", "part", "row",
    )  # fmt: skip


def fit_preprocessing(
    train: Path, features: FeatureSet, codes: dict[str, list[str]]
) -> Preprocessing:
    """Vocabularies and normalisation constants, fitted on the train split."""
    rows = ds.dataset(train)
    vocabularies = {
        "genders": np.arange(len(codes["genders"])),
        "occupations": np.arange(len(codes["occupations"])),
        "hours": np.arange(24),
        "weekdays": np.arange(7),
        "users": _distinct(rows, "user_id"),
        "movies": _distinct(rows, "movie_id"),
    }
    scaled = [f for f in features.of(*Entity) if f.scale is not Normalisation.NONE]
    return Preprocessing(vocabularies, _normals(rows, {f.name: f.scale for f in scaled}))


def fit_factors(train: Path, seed: int) -> MatrixFactors:
    """Movie factors, fitted on the ratings of the train split."""
    table = ds.dataset(train).to_table(columns=["user_id", "movie_id", "rating"])
    return fit_matrix_factors(
        RatingTriples(*(column.to_numpy() for column in table.columns)), FACTOR_CONFIG, seed
    )


def _distinct(rows: ds.Dataset, column: str) -> np.ndarray:
    ids = rows.to_table(columns=[column])[column]
    return np.sort(pc.unique(ids).to_numpy())


def _normals(rows: ds.Dataset, scales: dict[str, Normalisation]) -> dict[str, NormStats]:
    return {name: _normal(rows, name, scale) for name, scale in scales.items()}


def _normal(rows: ds.Dataset, name: str, scale: Normalisation) -> NormStats:
    column = rows.to_table(columns=[name])[name]
    flat = column if pa.types.is_floating(column.type) else pc.list_flatten(column)
    return fit_normalisation(flat.to_numpy(), scale)


def fit_normalisation(values: np.ndarray, scale: Normalisation) -> NormStats:
    """Mean and deviation of the known ones of a number's values (n,), of their logarithms for LOG.

    Without any it is mean 0, and without any difference deviation 1.
    """
    values = values.astype(np.float64)
    known = values[~np.isnan(values)]
    if scale is Normalisation.LOG:
        known = np.log1p(known)
    deviation = float(known.std()) if len(known) else 0.0
    mean = float(known.mean()) if len(known) else 0.0
    return NormStats(mean, deviation if deviation > 0 else 1.0)
