"""Wide & Deep."""

from __future__ import annotations

import keras
from keras import layers

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.dense import logit, mlp, sum_elements
from offline.models.blocks.field_blocks import linear
from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.interactions import user_item_product
from offline.models.blocks.layers import EmbeddingTable, PairBucket
from offline.models.blocks.rating_history import HISTORY_MOVIES, centred_rating
from offline.models.ranking.embedding_mlp import mlp_inputs
from sparrow.features.declarations import Entity

BUCKETS = 2**16
CROSSED = 10  # movies of the history that are crossed with the candidate, the newest


def wide_deep(block: InputBlock, config: TrainConfig) -> keras.KerasTensor:
    """A linear model of ids and crosses remembers, dense layers over embeddings generalise.

    logit = [w_i for each id] + Σ_j liking_j w_hash(movie_j, candidate) + tasteᵀ W genres
            + MLP(x) + Σ user_item_product

    Cheng et al., Wide & Deep Learning for Recommender Systems (2016), arXiv:1606.07792. Crosses:
    each of the newest movies of the history with the candidate, hashed; the user's taste in each
    genre with each genre of the movie.
    """
    wide = linear(block, 1, Entity.USER, Entity.CONTEXT) + linear(block, 1, Entity.MOVIE)
    crosses = _movie_cross(block) + _genre_cross(block)
    deep = logit(mlp(mlp_inputs(block), config)) + sum_elements(user_item_product(block))
    return wide + crosses + deep  # (batch, 1)


def _movie_cross(block: InputBlock) -> keras.KerasTensor:
    newest = block.ids(HISTORY_MOVIES)[:, :CROSSED]  # (1 or batch, crossed)
    bucket = PairBucket(BUCKETS)(newest, block.ids("movie_id")[:, None])  # (batch, crossed)
    table = EmbeddingTable(BUCKETS, 1, embeddings_initializer="zeros", name="movie_cross")
    return sum_elements(table(bucket)[:, :, 0] * centred_rating(block)[:, :CROSSED])


def _genre_cross(block: InputBlock) -> keras.KerasTensor:
    genres = block.number("movie_genres")  # (batch, genres)
    crossed = layers.Dense(genres.shape[1], use_bias=False)(block.number("user_genre_taste"))
    return sum_elements(crossed * genres)
