"""All that is known of some entities: as fields, as one vector, as a linear function."""

from __future__ import annotations

import keras
from keras import layers, ops

from offline.models.blocks.inputs import InputBlock
from offline.models.blocks.rating_history import (
    HISTORY_MOVIES,
    centred_rating,
    preference_vector,
    sqrt_length_norm,
)
from sparrow.features.declarations import Entity, FeatureType


def field_vectors(block: InputBlock, *entities: Entity) -> list[keras.KerasTensor]:
    """A vector (batch, dim) per category, and the taste for the history, in declared order."""
    return [
        preference_vector(block) if f.kind is FeatureType.SEQUENCE else block.embed(f.name)
        for f in block.features.of(*entities)
        if f.kind is not FeatureType.NUMBER
    ]


def entity_vector(block: InputBlock, *entities: Entity) -> keras.KerasTensor:
    """Fields and numbers beside each other (batch, width)."""
    parts, numbers = field_vectors(block, *entities), block.numbers(*entities)
    return ops.concatenate([*parts, numbers] if numbers is not None else parts, axis=1)


def linear(block: InputBlock, units: int, *entities: Entity) -> keras.KerasTensor:
    """A linear function (batch, units) of these entities' numbers and one-hot ids.

    A one-hot id times a matrix is a row of the matrix: an embedding of length `units`. The
    history is the sum over its movies of centred_rating times a row, over the root of their number.
    """
    role = f"weight{units}"
    terms = []
    for f in block.features.of(*entities):
        if f.kind is FeatureType.CATEGORY:
            terms.append(block.embed(f.name, role, units))
        elif f.kind is FeatureType.SEQUENCE:
            terms.append(_history_weight(block, role, units))
    numbers = block.numbers(*entities)
    if numbers is not None:
        terms.append(layers.Dense(units)(numbers))
    return sum(terms[1:], terms[0])


def _history_weight(block: InputBlock, role: str, units: int) -> keras.KerasTensor:
    weights = block.embed(HISTORY_MOVIES, f"{role}_liked", units)  # (batch, length, units)
    return sqrt_length_norm(block, ops.einsum("bl,blu->bu", centred_rating(block), weights))
