"""Likes as sentences of movies, and what every embedding of words makes of them."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.ml.feature import Normalizer, Word2Vec
from pyspark.ml.functions import vector_to_array
from pyspark.ml.stat import Summarizer
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from offline.embeddings.vectors.entity_vectors import EntityVectors
from sparrow.errors import DataError
from sparrow.features.declarations import HISTORY_LENGTH


@dataclass(frozen=True)
class SkipGramConfig:
    """Skip-gram over sentences of movies (Mikolov et al. 2013, arXiv:1301.3781)."""

    dimensions: int = 32
    window: int = 50  # movies on either side that count as neighbours
    iterations: int = 5
    min_count: int = 3  # occurrences below which a movie gets no vector


def like_sequences(likes: DataFrame) -> DataFrame:
    """user_id, movies (array): what each user liked in time order, ties in a shuffled order.

    Users often rate a whole page within one second: the order of ids or of lines in a file would
    reflect what was shown, not what was liked. Raises DataError without any like.
    """
    if likes.isEmpty():
        raise DataError(
            "Expected ratings that count as likes, but none reaches SPARROW_LIKE_THRESHOLD: set it "
            "lower."
        )
    event = F.struct("timestamp", F.xxhash64("movie_id").alias("tie"), "movie_id")
    return likes.groupBy("user_id").agg(
        F.sort_array(F.collect_list(event)).getField("movie_id").alias("movies")
    )


def skip_gram(sentences: DataFrame, config: SkipGramConfig, seed: int) -> DataFrame:
    """id, v (MLlib vector of length 1) of each movie that occurs often enough in `movies`."""
    words = sentences.select(F.col("movies").cast("array<string>").alias("words"))
    model = Word2Vec(
        inputCol="words",
        vectorSize=config.dimensions,
        windowSize=config.window,
        maxIter=config.iterations,
        minCount=config.min_count,
        # a partition trains its own copy and copies are averaged: few of them lose little
        numPartitions=1 + words.count() // 50_000,
        maxSentenceLength=100_000,
        seed=seed,
    ).fit(words)
    unit = Normalizer(inputCol="vector", outputCol="v").transform(model.getVectors())
    return unit.select(F.col("word").cast("long").alias("id"), "v")


def mean_pool_users(movies: DataFrame, likes: DataFrame) -> EntityVectors:
    """Adds users to `skip_gram`'s movies: the mean of their last `HISTORY_LENGTH` likes."""
    newest = Window.partitionBy("user_id").orderBy(F.desc("timestamp"), F.xxhash64("movie_id"))
    recent = (
        likes.withColumn("place", F.row_number().over(newest))
        .where(F.col("place") <= HISTORY_LENGTH)
        .join(movies, on=F.col("movie_id") == F.col("id"), how="inner")
    )
    users = recent.groupBy("user_id").agg(Summarizer.mean(F.col("v")).alias("v"))
    vector = vector_to_array(F.col("v"), "float32").alias("vector")
    return EntityVectors(
        movies.select("id", vector), users.select(F.col("user_id").alias("id"), vector)
    )
