"""Encodes the user's history: movies, how much each was liked, and their aggregate."""

from __future__ import annotations

import keras
from keras import layers, ops

from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.layers import PADDING_INDEX

HISTORY_MOVIES, HISTORY_RATINGS = (
    "user_recent_movies",
    "user_recent_ratings",
)  # what was rated, and how

SHRINKAGE = 5.0  # how many ratings' weight the mean of all has against the user's own


def history_mask(block: InputBlock) -> keras.KerasTensor:
    """1 where the history has a movie, 0 where it has padding: (batch, length)."""
    return block.memoise(
        "present",
        lambda: ops.cast(ops.not_equal(block.ids(HISTORY_MOVIES), PADDING_INDEX), "float32"),
    )


def centred_rating(block: InputBlock) -> keras.KerasTensor:
    """How much better than expected each movie of the history was found: (batch, length).

    Its stars less the user's mean (shrunk to that of all) and the movie's learned offset;
    0 where there is padding or the stars are unknown.
    """
    return block.memoise("centred_rating", lambda: _centred_rating(block))


def _centred_rating(block: InputBlock) -> keras.KerasTensor:
    stars = block.number(HISTORY_RATINGS)  # 0 is the mean of all
    known = 1.0 - ops.cast(ops.isnan(block.inputs[HISTORY_RATINGS]), "float32")
    known = known * history_mask(block)
    count = ops.sum(known, axis=1, keepdims=True)
    mean = ops.sum(stars * known, axis=1, keepdims=True) / (count + SHRINKAGE)
    offset = ops.squeeze(block.embed(HISTORY_MOVIES, "offset", dim=1), axis=-1)
    return known * (stars - mean - offset)


def preference_vector(block: InputBlock) -> keras.KerasTensor:
    """Encoded history (batch, dim); zeros without a history.

    taste = Σ_j (liking_j x_j + y_j) / √n, with two learned vectors x, y for each movie j: the
    asymmetric SVD of Koren, Factorization Meets the Neighborhood (2008), section 4.
    """
    return block.memoise("taste", lambda: _taste(block))


def _taste(block: InputBlock) -> keras.KerasTensor:
    values = block.embed(HISTORY_MOVIES, "value", dim=2 * block.dim)  # (batch, length, 2 dim)
    weights = ops.stack([centred_rating(block), history_mask(block)], axis=1)  # (batch, 2, length)
    sums = ops.matmul(weights, values)  # (batch, 2, 2 dim)
    return sqrt_length_norm(block, sums[:, 0, : block.dim] + sums[:, 1, block.dim :])


def sqrt_length_norm(block: InputBlock, total: keras.KerasTensor) -> keras.KerasTensor:
    """A sum over the history, (batch, width), by the root of its movies and one."""
    count = ops.sum(history_mask(block), axis=1, keepdims=True)
    return total / ops.sqrt(count + 1.0)


def event_embeddings(block: InputBlock) -> keras.KerasTensor:
    """A vector for each event of the history, newest first: (batch, length, dim).

    The movie's vector plus a learned direction times how much it was liked.
    """
    return block.memoise("events", lambda: _events(block))


def _events(block: InputBlock) -> keras.KerasTensor:
    liked = layers.Dense(block.dim, use_bias=False)(centred_rating(block)[:, :, None])
    return block.embed(HISTORY_MOVIES) + liked
