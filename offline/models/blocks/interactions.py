"""Where user and movie meet before any dense layer."""

from __future__ import annotations

import keras
from keras import ops

from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.rating_history import HISTORY_MOVIES, HISTORY_RATINGS, preference_vector
from offline.models.blocks.rating_prediction_layer import RatingPredictionLayer


def user_item_product(block: InputBlock) -> keras.KerasTensor:
    """The candidate's vector times the user's and their taste, by element: (batch, dim).

    Its sum is the SVD++ score.
    """
    user = block.embed("user_id", "factor") + preference_vector(block)  # (1 or batch, dim)
    return user * block.embed("movie_id", "factor")


def genre_match(block: InputBlock) -> keras.KerasTensor:
    """The user's taste, and share of ratings, in the movie's genres, summed: (batch, 2).

    A cross that dense layers would need many samples to find.
    """
    genres = block.number("movie_genres")  # (batch, genres)
    of_user = [block.number(n) for n in ("user_genre_taste", "user_genre_share")]
    matches = [ops.sum(v * genres, axis=1, keepdims=True) for v in of_user]
    return ops.concatenate(matches, axis=1)


def rating_prediction(block: InputBlock) -> keras.KerasTensor:
    """What matrix factorisation predicts for the user and the movie (batch, 4), in stars.

    A block that ranks lists has it as a signal, fitted before the list's moment: (batch, 2).
    """
    if block.ranks_lists:
        return block.signal("rating")
    return block.memoise("star estimate", lambda: _rating_prediction(block))


def _rating_prediction(block: InputBlock) -> keras.KerasTensor:
    return RatingPredictionLayer(block.factors, block.encoding)(
        block.ids_without_dropout("movie_id"),
        block.ids_without_dropout(HISTORY_MOVIES),
        block.inputs[HISTORY_RATINGS],
        block.ids_without_dropout("user_id"),
    )


def interaction_features(block: InputBlock) -> keras.KerasTensor:
    """Genre match and star estimate: (batch, 6)."""
    return ops.concatenate([genre_match(block), rating_prediction(block)], axis=1)
