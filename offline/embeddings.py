"""The step `embeddings`: item2vec and implicit ALS, a vector per movie and per user."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from pyspark.ml.feature import Normalizer, Word2Vec
from pyspark.ml.functions import vector_to_array
from pyspark.ml.recommendation import ALS
from pyspark.ml.stat import Summarizer
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from offline.arrow import numpy_column
from offline.co_rating import co_rating
from offline.events import read
from offline.steps import Step, Workspace
from sparrow.embedding import Embedding
from sparrow.errors import DataError
from sparrow.features import HISTORY_LENGTH
from sparrow.settings import Settings


@dataclass(frozen=True)
class Item2VecConfig:
    """Skip-gram over each user's liked movies in time order."""

    dimensions: int = 32
    window: int = 50  # movies on either side that count as neighbours
    iterations: int = 5
    min_count: int = 3  # likes below which a movie gets no vector
    few: int = 10  # if fewer movies have so many likes, a single like is enough


@dataclass(frozen=True)
class AlsConfig:
    """Matrix factorisation of "rated at all", which is what a recall channel must foresee."""

    dimensions: int = 48
    iterations: int = 12
    regularisation: float = 0.2  # MLlib multiplies it by how often a movie or user was seen
    confidence: float = 1.0  # what seeing a movie adds to the weight 1 of not having seen it


ITEM2VEC, ALS_CONFIG = Item2VecConfig(), AlsConfig()
NAMES = ("item2vec", "als")
SIMILARITIES = ("ease",)


def step(settings: Settings) -> Step:
    """Embeddings for recall."""
    parameters = {
        "item2vec": asdict(ITEM2VEC),
        "als": asdict(ALS_CONFIG),
        "seed": settings.seed,
        "like_threshold": settings.like_threshold,
    }
    return Step("embeddings", "item2vec and ALS vectors", run, parameters=parameters)


def run(space: Workspace, folder: Path) -> None:
    """Writes `<name>/movies` (`sparrow.embedding`) and `<name>/users` (Parquet) for each of NAMES.

    `<name>/missing.json` lists the movies that have no vector.
    """
    settings = space.settings
    ratings = read(space.spark, space.tables, "ratings").cache()
    likes = ratings.where(F.col("rating") >= settings.like_threshold)
    movies, users = item2vec(likes, ITEM2VEC, settings.seed)
    _write(folder / "item2vec", movies, users, space)
    movies, users = als(ratings, ALS_CONFIG, settings.seed)
    _write(folder / "als", movies, users, space)
    co_rating(ratings).save(folder / "ease")
    ratings.unpersist()


def item2vec(likes: DataFrame, config: Item2VecConfig, seed: int) -> tuple[DataFrame, DataFrame]:
    """Movie vectors after Barkan & Koenigstein (2016, arXiv 1603.04259), and users' from them.

    A user's sentence is the movies they liked in time order. Movie vectors have length 1; a user's
    is the mean of those of their last `HISTORY_LENGTH` liked movies. Both frames: `id`, `vector`
    (array). Raises DataError when there are no likes.
    """
    event = F.struct("timestamp", F.xxhash64("movie_id"), F.col("movie_id").cast("string"))
    sentences = likes.groupBy("user_id").agg(
        F.transform(F.sort_array(F.collect_list(event)), lambda e: e["col3"]).alias("movies")
    )
    model = Word2Vec(
        inputCol="movies",
        vectorSize=config.dimensions,
        windowSize=config.window,
        maxIter=config.iterations,
        minCount=_min_count(likes, config),
        # a partition trains its own copy and copies are averaged: few of them lose little
        numPartitions=1 + sentences.count() // 50_000,
        maxSentenceLength=100_000,
        seed=seed,
    ).fit(sentences)
    unit = Normalizer(inputCol="vector", outputCol="v").transform(model.getVectors())
    movies = unit.select(F.col("word").cast("long").alias("id"), "v")
    newest = Window.partitionBy("user_id").orderBy(F.desc("timestamp"), F.xxhash64("movie_id"))
    recent = (
        likes.withColumn("place", F.row_number().over(newest))
        .where(F.col("place") <= HISTORY_LENGTH)
        .join(movies, on=F.col("movie_id") == F.col("id"), how="inner")
    )
    users = recent.groupBy("user_id").agg(Summarizer.mean(F.col("v")).alias("v"))
    return (
        movies.select("id", vector_to_array("v", "float32").alias("vector")),
        users.select(F.col("user_id").alias("id"), vector_to_array("v", "float32").alias("vector")),
    )


def _min_count(likes: DataFrame, config: Item2VecConfig) -> int:
    """`config.min_count`, or 1 in a data set so small that it would leave out nearly everything."""
    counted = likes.groupBy("movie_id").count()
    liked, often = counted.agg(
        F.count("*"), F.count_if(F.col("count") >= config.min_count)
    ).collect()[0]
    if not liked:
        raise DataError(
            "Expected ratings that count as likes, but none reaches SPARROW_LIKE_THRESHOLD: set it "
            "lower."
        )
    return config.min_count if often >= config.few else 1


def als(ratings: DataFrame, config: AlsConfig, seed: int) -> tuple[DataFrame, DataFrame]:
    """Factors after Hu, Koren & Volinsky (2008): user · movie foresees "will be watched".

    Both frames: `id`, `vector` (array).
    """
    model = ALS(
        userCol="user_id",
        itemCol="movie_id",
        ratingCol="seen",
        implicitPrefs=True,
        rank=config.dimensions,
        maxIter=config.iterations,
        regParam=config.regularisation,
        alpha=config.confidence,
        seed=seed,
        coldStartStrategy="nan",
    ).fit(ratings.withColumn("seen", F.lit(1.0)))
    factors = F.col("id").cast("long").alias("id"), F.col("features").alias("vector")
    return model.itemFactors.select(*factors), model.userFactors.select(*factors)


def _write(folder: Path, movies: DataFrame, users: DataFrame, space: Workspace) -> None:
    users.write.parquet(str(folder / "users"))
    movies.write.parquet(str(folder / "movie_parts"))
    embedding = collect_embedding(folder / "movie_parts")
    embedding.save(folder / "movies")
    catalogue = ds.dataset(space.tables.path("movies")).to_table(columns=["movie_id"])
    missing = np.setdiff1d(catalogue["movie_id"].to_numpy(), embedding.ids)
    (folder / "missing.json").write_text(json.dumps(missing.tolist()))


def collect_embedding(parts: Path) -> Embedding:
    """Movie vectors from Parquet parts into the two arrays that servers map, ordered by id."""
    table: pa.Table = ds.dataset(parts).to_table().sort_by("id")
    ids = table["id"].to_numpy()
    vectors = numpy_column(table["vector"], len(table["vector"][0]))
    return Embedding(ids, vectors.astype(np.float32))
