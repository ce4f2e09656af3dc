"""Where viewer and movie meet before any dense layer."""

from __future__ import annotations

import keras
from keras import ops

from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.rating_history import HISTORY, STARS, taste
from offline.models.blocks.rating_prediction_layer import StarEstimate


def affinity(block: InputBlock) -> keras.KerasTensor:
    """The candidate's vector times the viewer's and their taste, by element: (batch, dim).

    Its sum is the SVD++ score.
    """
    viewer = block.embedded("user_id", "factor") + taste(block)  # (1 or batch, dim)
    return viewer * block.embedded("movie_id", "factor")


def genre_match(block: InputBlock) -> keras.KerasTensor:
    """The viewer's taste, and share of ratings, in the movie's genres, summed: (batch, 2).

    A cross that dense layers would need many samples to find.
    """
    genres = block.number("movie_genres")  # (batch, genres)
    of_viewer = [block.number(n) for n in ("user_genre_taste", "user_genre_share")]
    matches = [ops.sum(v * genres, axis=1, keepdims=True) for v in of_viewer]
    return ops.concatenate(matches, axis=1)


def star_estimate(block: InputBlock) -> keras.KerasTensor:
    """What matrix factorisation predicts for the viewer and the movie (batch, 4), in stars.

    A block that ranks lists has it as a signal, fitted before the list's moment: (batch, 2).
    """
    if block.ranks_lists:
        return block.signal("rating")
    return block.once("star estimate", lambda: _star_estimate(block))


def _star_estimate(block: InputBlock) -> keras.KerasTensor:
    return StarEstimate(block.factors, block.encoding)(
        block.known_rows("movie_id"),
        block.known_rows(HISTORY),
        block.inputs[STARS],
        block.known_rows("user_id"),
    )


def crosses(block: InputBlock) -> keras.KerasTensor:
    """Genre match and star estimate: (batch, 6)."""
    return ops.concatenate([genre_match(block), star_estimate(block)], axis=1)
