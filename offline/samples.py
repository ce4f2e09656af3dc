"""The step `samples-<split>`: every rating as a training row, with features as of its moment."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from offline.events import event_table, read
from offline.feature_rows import curve_of, movie_sample_rows, user_sample_rows
from offline.features import load_feature_set, with_demographics
from offline.steps import Step, Workspace
from sparrow.encoding import Encoding, Normal
from sparrow.errors import DataError
from sparrow.features import Entity, FeatureSet, Scale
from sparrow.settings import Settings

Split = Literal["time", "random"]
PARTS = ("train", "validation", "test")
TRAIN_SHARE, VALIDATION_SHARE = 0.8, 0.1
KEYS = ["user_id", "movie_id"]
ROWS_PER_FILE = 250_000


def step(settings: Settings, split: Split) -> Step:
    """Samples split by global time, or at random for comparison with published figures."""
    return Step(
        f"samples-{split}",
        f"samples, {split} split",
        lambda space, folder: run(space, folder, split),
        needs=("features",),
        parameters={"seed": settings.seed},
    )


def run(space: Workspace, folder: Path, split: Split) -> None:
    """Writes `train/`, `validation/` and `test/` in a fixed random order, and `encoding.json`.

    Raises DataError when one of the parts would be empty.
    """
    source = space.folder("features")
    features = load_feature_set(source)
    codes = json.loads((source / "codes.json").read_text())
    rows = _rows(space, features, codes, split)
    order = F.xxhash64("user_id", "movie_id", F.lit(space.settings.seed))
    files = math.ceil(space.dataset()["counts"]["ratings"] / ROWS_PER_FILE)
    shuffled = rows.repartition(files, order)
    ordered = shuffled.sortWithinPartitions(order)
    ordered.write.partitionBy("part").parquet(str(folder / "rows"))
    for part in PARTS:
        _expect_rows(folder / "rows" / f"part={part}", split).rename(folder / part)
    encoding = learn_encoding(folder / "train", features, codes)
    (folder / "encoding.json").write_text(encoding.to_json())
    (folder / "features.json").write_text(features.to_json())


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


def _rows(
    space: Workspace, features: FeatureSet, codes: dict[str, list[str]], split: Split
) -> DataFrame:
    """Every feature, rating, label, timestamp, part: a row a rating."""
    ratings = event_table(space.spark, space.tables, features.genres)
    seed = space.settings.seed
    events = split_by_time(ratings) if split == "time" else split_at_random(ratings, seed)
    rows = user_sample_rows(events, features, (*KEYS, "timestamp", "rating", "part")).join(
        movie_sample_rows(events, features, curve_of(events), ("user_id",)), on=KEYS, how="inner"
    )
    label = (F.col("rating") >= features.like_threshold).cast("float")
    known = with_demographics(rows, read(space.spark, space.tables, "users"), codes)
    return known.withColumn("label", label).select(
        *(f.name for f in features.features), "rating", "label", "timestamp", "part"
    )


def split_by_time(events: DataFrame) -> DataFrame:
    """`part` by global time, all events `known`: each row sees all that went before."""
    first, second = events.approxQuantile(
        "timestamp", [TRAIN_SHARE, TRAIN_SHARE + VALIDATION_SHARE], 0.0005
    )
    part = (
        F.when(F.col("timestamp") < first, "train")
        .when(F.col("timestamp") < second, "validation")
        .otherwise("test")
    )
    return events.withColumns({"part": part, "known": F.lit(True), "wanted": F.lit(True)})


def split_at_random(events: DataFrame, seed: int) -> DataFrame:
    """`part` by a hash of the rating; only the train part is `known` to the folds."""
    part = _random_part(F.xxhash64("user_id", "movie_id", F.lit(seed)))
    return events.withColumns({"part": part, "known": part == "train", "wanted": F.lit(True)})


def _random_part(hashed: Column) -> Column:
    share = F.pmod(hashed, F.lit(1_000_000)) / 1_000_000
    return (
        F.when(share < TRAIN_SHARE, "train")
        .when(share < TRAIN_SHARE + VALIDATION_SHARE, "validation")
        .otherwise("test")
    )


def learn_encoding(train: Path, features: FeatureSet, codes: dict[str, list[str]]) -> Encoding:
    """Known ids and constants of normalisation, from the training part alone."""
    rows = ds.dataset(train)
    vocabularies = {
        "genders": np.arange(len(codes["genders"])),
        "occupations": np.arange(len(codes["occupations"])),
        "hours": np.arange(24),
        "weekdays": np.arange(7),
        "users": _distinct(rows, "user_id"),
        "movies": _distinct(rows, "movie_id"),
    }
    scaled = [f for f in features.of(*Entity) if f.scale is not Scale.NONE]
    return Encoding(vocabularies, _normals(rows, {f.name: f.scale for f in scaled}))


def _distinct(rows: ds.Dataset, column: str) -> np.ndarray:
    ids = rows.to_table(columns=[column])[column]
    return np.sort(pc.unique(ids).to_numpy())


def _normals(rows: ds.Dataset, scales: dict[str, Scale]) -> dict[str, Normal]:
    return {name: _normal(rows, name, scale) for name, scale in scales.items()}


def _normal(rows: ds.Dataset, name: str, scale: Scale) -> Normal:
    values = rows.to_table(columns=[name])[name].to_numpy().astype(np.float64)
    known = values[~np.isnan(values)]
    if scale is Scale.LOG:
        known = np.log1p(known)
    deviation = float(known.std()) if len(known) else 0.0
    mean = float(known.mean()) if len(known) else 0.0
    return Normal(mean, deviation if deviation > 0 else 1.0)
