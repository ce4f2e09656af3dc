"""The input block that all ranking models share: a feature set and an encoding as Keras tensors.

Features of the viewer and the context may come with one row where the movies' have many: whatever
is computed from them alone is then computed once. So a model keeps the two sides apart as long as
it can and lets them meet in an operation that broadcasts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from offline.factors import Factors
from offline.models.layers import EmbeddingTable, IdDropout, IdIndex, Normalise
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

    def __init__(
        self, features: FeatureSet, encoding: Encoding, factors: Factors, config: BlockConfig
    ) -> None:
        self.features, self.encoding, self.factors = features, encoding, factors
        self.dim = config.embedding_dim
        self.inputs: dict[str, keras.KerasTensor] = {
            f.name: keras.Input(_shape(f), dtype=np.dtype(f.dtype).name, name=f.name)
            for f in features.features
        }
        self._config = config
        self._lookups: dict[str, keras.layers.Layer] = {}  # by vocabulary
        self._tables: dict[str, keras.layers.Layer] = {}  # by vocabulary and role
        self._made: dict[str, keras.KerasTensor] = {}  # by what it is

    def once(self, key: str, make: Callable[[], keras.KerasTensor]) -> keras.KerasTensor:
        """What `make` gives at the first call with this key."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def rows(self, name: str) -> keras.KerasTensor:
        """`known_rows`, of which training shows some as unknown."""
        drop = IdDropout(self._config.id_dropout, self._config.seed, name=f"{name}_dropout")
        return self.once(f"rows of {name}", lambda: drop(self.known_rows(name)))

    def known_rows(self, name: str) -> keras.KerasTensor:
        """Embedding rows of a category (batch,) or a sequence (batch, length); 0 is padding.

        Only sequences have padding: the default of a category stands for somebody unknown, whose
        row training shows by id dropout.
        """
        return self.once(f"known rows of {name}", lambda: self._looked_up(name))

    def _looked_up(self, name: str) -> keras.KerasTensor:
        feature = self.features[name]
        vocabulary = feature.vocabulary
        if vocabulary not in self._lookups:
            ids = self.encoding.vocabularies[vocabulary]
            self._lookups[vocabulary] = IdIndex(ids, name=f"{vocabulary}_index")
        known = self._lookups[vocabulary](self.inputs[name])
        if feature.kind is Kind.CATEGORY:
            known = keras.ops.maximum(known, UNKNOWN_INDEX)
        return known

    def embedded(self, name: str, role: str = "", dim: int = 0) -> keras.KerasTensor:
        """Vectors of a category (batch, dim) or a sequence (batch, length, dim).

        A movie has one vector for each `role` it plays, the same for candidate and history. The
        length `dim` is the configured one where none is given.
        """
        vocabulary = self.features[name].vocabulary
        table = f"{vocabulary}_{role}" if role else vocabulary
        if table not in self._tables:
            size = len(self.encoding.vocabularies[vocabulary]) + FIRST_INDEX
            self._tables[table] = EmbeddingTable(
                size, dim or self._config.embedding_dim, name=f"{table}_table"
            )
        return self.once(f"{role} of {name}", lambda: self._tables[table](self.rows(name)))

    def numbers(self, *entities: Entity) -> keras.KerasTensor | None:
        """Every number of these entities, normalised, as columns (batch, columns); None if none.

        Numbers along a sequence are none of their own: they belong to its items.
        """
        chosen = [f for f in self.features.of(*entities) if f.kind is Kind.NUMBER and not f.along]
        return self._normalised(chosen) if chosen else None

    def number(self, name: str) -> keras.KerasTensor:
        """One number or vector of numbers, normalised: (batch, length)."""
        return self._normalised([self.features[name]])

    def _normalised(self, chosen: list[Feature]) -> keras.KerasTensor:
        columns = [keras.layers.Reshape((f.length,))(self.inputs[f.name]) for f in chosen]
        normals, logarithmic = [], []
        for f in chosen:
            normal = self.encoding.normals.get(f.name, _UNSCALED)
            normals += [_UNSCALED if f.scale is Scale.NONE else normal] * f.length
            logarithmic += [f.scale is Scale.LOG] * f.length
        return Normalise(normals, logarithmic)(keras.ops.concatenate(columns, axis=1))
