"""The input block that all ranking models share: a feature set and an encoding as Keras tensors.

Features of the viewer and the context may come with one row where the movies' have many: whatever
is computed from them alone is then computed once. So a model keeps the two sides apart as long as
it can and lets them meet in an operation that broadcasts.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from offline.models.layers import IdDropout, IdIndex, Normalise, masked_mean
from sparrow.encoding import FIRST_INDEX, UNKNOWN_INDEX, Encoding, Normal
from sparrow.features import Entity, Feature, FeatureSet, Kind, Scale

_UNSCALED = Normal(0.0, 1.0)


def input_specs(features: FeatureSet, single: tuple[Entity, ...] = ()) -> dict[str, tf.TensorSpec]:
    """What models take, by feature name: (rows,) or (rows, length) as in `FeatureSet.row_dtype`.

    Features of the entities `single` have exactly one row.
    """
    return {
        f.name: tf.TensorSpec(
            (1 if f.entity in single else None, *_shape(f)), np.dtype(f.dtype), name=f.name
        )
        for f in features.features
    }


def _shape(feature: Feature) -> tuple[int, ...]:
    return (feature.length,) if feature.length > 1 else ()


@dataclass(frozen=True)
class BlockConfig:
    """What a training run may choose about the block."""

    embedding_dim: int
    id_dropout: float  # share of known ids shown as unknown in training
    seed: int


class InputBlock:
    """Inputs, id lookups, embedding tables and normalisation of one model under construction.

    Everything is made when first asked for and made once: features of one vocabulary share its
    embedding table, so a movie means the same as candidate and in the viewer's history.
    """

    def __init__(self, features: FeatureSet, encoding: Encoding, config: BlockConfig) -> None:
        self.features = features
        self.inputs: dict[str, keras.KerasTensor] = {
            f.name: keras.Input(_shape(f), dtype=np.dtype(f.dtype).name, name=f.name)
            for f in features.features
        }
        self._encoding = encoding
        self._config = config
        self._lookups: dict[str, keras.layers.Layer] = {}  # by vocabulary
        self._tables: dict[str, keras.layers.Layer] = {}  # by vocabulary
        self._rows: dict[str, keras.KerasTensor] = {}  # by feature
        self._vectors: dict[str, keras.KerasTensor] = {}  # by feature

    def rows(self, name: str) -> keras.KerasTensor:
        """Embedding rows of a category (batch,) or a sequence (batch, length); 0 is padding.

        Only sequences have padding: the default of a category stands for somebody unknown, whose
        row training shows by id dropout.
        """
        if name not in self._rows:
            feature = self.features[name]
            vocabulary = feature.vocabulary
            if vocabulary not in self._lookups:
                ids = self._encoding.vocabularies[vocabulary]
                self._lookups[vocabulary] = IdIndex(ids, name=f"{vocabulary}_index")
            known = self._lookups[vocabulary](self.inputs[name])
            if feature.kind is Kind.CATEGORY:
                known = keras.ops.maximum(known, UNKNOWN_INDEX)
            drop = IdDropout(self._config.id_dropout, self._config.seed, name=f"{name}_dropout")
            self._rows[name] = drop(known)
        return self._rows[name]

    def embedded(self, name: str) -> keras.KerasTensor:
        """Vectors of a category (batch, dim) or a sequence (batch, length, dim)."""
        if name not in self._vectors:
            vocabulary = self.features[name].vocabulary
            if vocabulary not in self._tables:
                size = len(self._encoding.vocabularies[vocabulary]) + FIRST_INDEX
                self._tables[vocabulary] = keras.layers.Embedding(
                    size, self._config.embedding_dim, name=f"{vocabulary}_table"
                )
            self._vectors[name] = self._tables[vocabulary](self.rows(name))
        return self._vectors[name]

    def pooled(self, name: str) -> keras.KerasTensor:
        """Mean vector of a sequence (batch, dim): padding does not count, order does not matter."""
        return masked_mean(self.embedded(name), self.rows(name))

    def fields(self, *entities: Entity) -> list[keras.KerasTensor]:
        """A vector (batch, dim) per category, and per sequence its mean, in declared order."""
        return [
            self.pooled(f.name) if f.kind is Kind.SEQUENCE else self.embedded(f.name)
            for f in self.features.of(*entities)
            if f.kind is not Kind.NUMBER
        ]

    def numbers(self, *entities: Entity) -> keras.KerasTensor:
        """Every number of these entities, normalised, as columns (batch, columns).

        Numbers along a sequence are not among them: they belong to its items.
        """
        chosen = [f for f in self.features.of(*entities) if f.kind is Kind.NUMBER and not f.along]
        return self._normalised(chosen)

    def along(self, name: str) -> keras.KerasTensor:
        """Numbers along a sequence, normalised (batch, length); 0 where there is no item."""
        return self._normalised([self.features[name]])

    def genre_match(self) -> keras.KerasTensor:
        """The viewer's taste, and share of ratings, in the movie's genres, summed: (batch, 2).

        A cross that dense layers would need many samples to find. Both sides meet here.
        """
        genres = self._normalised([self.features["movie_genres"]])  # (batch, genres)
        of_viewer = [
            self._normalised([self.features[name]])  # (1 or batch, genres)
            for name in ("user_genre_taste", "user_genre_share")
        ]
        matches = [keras.ops.sum(v * genres, axis=1, keepdims=True) for v in of_viewer]
        return keras.ops.concatenate(matches, axis=1)

    def _normalised(self, chosen: list[Feature]) -> keras.KerasTensor:
        columns = [keras.layers.Reshape((f.length,))(self.inputs[f.name]) for f in chosen]
        normals, logarithmic = [], []
        for f in chosen:
            normal = self._encoding.normals.get(f.name, _UNSCALED)
            normals += [_UNSCALED if f.scale is Scale.NONE else normal] * f.length
            logarithmic += [f.scale is Scale.LOG] * f.length
        return Normalise(normals, logarithmic)(keras.ops.concatenate(columns, axis=1))

    def side(self, *entities: Entity) -> keras.KerasTensor:
        """All that is known of these entities as one vector (batch, width)."""
        parts = self.fields(*entities)
        if any(f.kind is Kind.NUMBER for f in self.features.of(*entities)):
            parts.append(self.numbers(*entities))
        return keras.ops.concatenate(parts, axis=1)
