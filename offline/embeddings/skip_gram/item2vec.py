"""item2vec: movies are alike that the same users like."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from offline.embeddings.skip_gram.sentences import (
    SkipGramConfig,
    like_sequences,
    mean_pool_users,
    skip_gram,
)
from offline.embeddings.vectors.entity_vectors import EntityVectors


@dataclass(frozen=True)
class Item2VecConfig(SkipGramConfig):
    """Skip-gram over each user's liked movies in time order."""

    few: int = 10  # if fewer movies have `min_count` likes, a single like is enough


def item2vec(likes: DataFrame, config: Item2VecConfig, seed: int) -> EntityVectors:
    """Movie vectors after Barkan & Koenigstein (2016, arXiv 1603.04259), and users' from them.

    A user's sentence is the movies they liked in time order. Movie vectors have length 1; a user's
    is the mean of those of their last `HISTORY_LENGTH` liked movies. Raises DataError when there
    are no likes.
    """
    sentences = like_sequences(likes)
    usual = replace(config, min_count=_min_count(likes, config))
    return mean_pool_users(skip_gram(sentences, usual, seed), likes)


def _min_count(likes: DataFrame, config: Item2VecConfig) -> int:
    """`config.min_count`, or 1 in a data set so small that it would leave out nearly everything."""
    counted = likes.groupBy("movie_id").count()
    often = counted.where(F.col("count") >= config.min_count).limit(config.few).count()
    return config.min_count if often >= config.few else 1
