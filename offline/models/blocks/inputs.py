"""The input block that all ranking models share: a feature set and an encoding as Keras tensors.

User and context features may have one row where movie features have many: what is computed from
them alone is then computed once. So models combine the two sides as late as possible, in an
operation that broadcasts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import keras
import numpy as np
import pyarrow as pa
import tensorflow as tf

from offline.factorisation.matrix_factors import MatrixFactors
from offline.models.blocks.layers import EmbeddingTable, IdDropout, IdIndex, Normalise, Standardise
from sparrow.errors import DataError
from sparrow.features.declarations import Entity, Feature, FeatureSet, FeatureType, Normalisation
from sparrow.features.preprocessing import FIRST_KNOWN_ROW, UNKNOWN_ROW, NormStats, Preprocessing
from sparrow.signals.context_features import CONTEXT as COLUMNS
from sparrow.signals.registry import NAMES

_UNSCALED = NormStats(0.0, 1.0)


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


SIGNALS, CONTEXT = "signals", "context"
"""Inputs of a model that ranks lists, beside the features."""


def list_specs(single: bool = False) -> dict[str, tf.TensorSpec]:
    """`SIGNALS` (rows, 2 S) and `CONTEXT` (rows, columns), of one row where `single`."""
    return {
        SIGNALS: tf.TensorSpec((None, 2 * len(NAMES)), tf.float32, name=SIGNALS),
        CONTEXT: tf.TensorSpec((1 if single else None, len(COLUMNS)), tf.float32, name=CONTEXT),
    }


def _shape(feature: Feature) -> tuple[int, ...]:
    return (feature.length,) if feature.length > 1 else ()


@dataclass(frozen=True)
class BlockConfig:
    """Hyper-parameters of the block."""

    embedding_dim: int
    id_dropout: float  # share of known ids shown as unknown in training
    seed: int


class InputBlock:
    """Inputs, id lookups, embedding tables and normalisation of one model under construction.

    Every input is created once, on first use: features of one vocabulary share its
    embedding table, so a movie means the same as candidate and in the user's history.
    """

    def __init__(
        self,
        features: FeatureSet,
        encoding: Preprocessing,
        factors: MatrixFactors,
        config: BlockConfig,
        context_scale: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> None:
        """`context_scale`: mean and deviation of the context, for a block that ranks lists."""
        self.features, self.encoding, self.factors = features, encoding, factors
        self.dim = config.embedding_dim
        self.inputs: dict[str, keras.KerasTensor] = {
            f.name: keras.Input(_shape(f), dtype=np.dtype(f.dtype).name, name=f.name)
            for f in features.features
        }
        self.ranks_lists = context_scale is not None
        if context_scale is not None:
            self.inputs |= {
                name: keras.Input(tuple(spec.shape[1:]), dtype="float32", name=name)
                for name, spec in list_specs().items()
            }
            self._context_scale = context_scale
        self._config = config
        self._lookups: dict[str, keras.layers.Layer] = {}  # by vocabulary
        self._tables: dict[str, keras.layers.Layer] = {}  # by vocabulary and role
        self._made: dict[str, keras.KerasTensor] = {}  # by what it is

    def memoise(self, key: str, make: Callable[[], keras.KerasTensor]) -> keras.KerasTensor:
        """Result of `make`, cached by key."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def ids(self, name: str) -> keras.KerasTensor:
        """`ids_without_dropout` with some replaced by "unknown" in training."""
        drop = IdDropout(self._config.id_dropout, self._config.seed, name=f"{name}_dropout")
        return self.memoise(f"rows of {name}", lambda: drop(self.ids_without_dropout(name)))

    def ids_without_dropout(self, name: str) -> keras.KerasTensor:
        """Embedding rows of a category (batch,) or a sequence (batch, length); 0 is padding.

        Only sequences have padding: the default of a category is an unknown value, whose
        row training shows by id dropout.
        """
        return self.memoise(f"known rows of {name}", lambda: self._lookup_ids(name))

    def _lookup_ids(self, name: str) -> keras.KerasTensor:
        feature = self.features[name]
        vocabulary = feature.vocabulary
        if vocabulary not in self._lookups:
            ids = self.encoding.vocabularies[vocabulary]
            self._lookups[vocabulary] = IdIndex(ids, name=f"{vocabulary}_index")
        known = self._lookups[vocabulary](self.inputs[name])
        if feature.kind is FeatureType.CATEGORY:
            known = keras.ops.maximum(known, UNKNOWN_ROW)
        return known

    def embed(self, name: str, role: str = "", dim: int = 0) -> keras.KerasTensor:
        """Vectors of a category (batch, dim) or a sequence (batch, length, dim).

        A movie has one vector for each `role` it plays, the same for candidate and history. The
        length `dim` is the configured one where none is given.
        """
        vocabulary = self.features[name].vocabulary
        table = f"{vocabulary}_{role}" if role else vocabulary
        if table not in self._tables:
            size = len(self.encoding.vocabularies[vocabulary]) + FIRST_KNOWN_ROW
            self._tables[table] = EmbeddingTable(
                size, dim or self._config.embedding_dim, name=f"{table}_table"
            )
        return self.memoise(f"{role} of {name}", lambda: self._tables[table](self.ids(name)))

    def numbers(self, *entities: Entity) -> keras.KerasTensor | None:
        """Every number of these entities, normalised, as columns (batch, columns); None if none.

        Numbers along a sequence are left out: they belong to its items. A block that ranks
        lists counts the candidate's signals among the movie's numbers, the query's context among
        the context's.
        """
        chosen = [
            f
            for f in self.features.of(*entities)
            if f.kind is FeatureType.NUMBER and not f.aligned_with
        ]
        columns = [self._normalised(chosen)] if chosen else []
        if self.ranks_lists and Entity.MOVIE in entities:
            columns.append(self.signals())
        if self.ranks_lists and Entity.CONTEXT in entities:
            columns.append(self.context())
        if len(columns) > 1:
            return keras.ops.concatenate(columns, axis=1)
        return columns[0] if columns else None

    def signals(self) -> keras.KerasTensor:
        """Signals of the candidates relative to their list, values then ranks: (batch, 2 S)."""
        return self.inputs[SIGNALS]

    def signal(self, name: str) -> keras.KerasTensor:
        """Value and rank of one signal: (batch, 2)."""
        column, signals = NAMES.index(name), self.signals()
        columns = (signals[:, at : at + 1] for at in (column, column + len(NAMES)))
        return keras.ops.concatenate(list(columns), axis=1)

    def context(self) -> keras.KerasTensor:
        """The query's context, standardised: (1 or batch, columns)."""
        mean, deviation = self._context_scale
        scale = Standardise(mean, deviation, name="context_scale")
        return self.memoise("context", lambda: scale(self.inputs[CONTEXT]))

    def number(self, name: str) -> keras.KerasTensor:
        """One number or vector of numbers, normalised: (batch, length)."""
        return self._normalised([self.features[name]])

    def _normalised(self, chosen: list[Feature]) -> keras.KerasTensor:
        columns = [keras.layers.Reshape((f.length,))(self.inputs[f.name]) for f in chosen]
        norm_stats, logarithmic = [], []
        for f in chosen:
            normal = self.encoding.norm_stats.get(f.name, _UNSCALED)
            norm_stats += [_UNSCALED if f.scale is Normalisation.NONE else normal] * f.length
            logarithmic += [f.scale is Normalisation.LOG] * f.length
        return Normalise(norm_stats, logarithmic)(keras.ops.concatenate(columns, axis=1))


def input_arrays(
    batch: pa.RecordBatch, specs: Mapping[str, tf.TensorSpec]
) -> dict[str, np.ndarray]:
    """Columns of a batch as arrays of `specs`, (rows,) or (rows, length).

    Raises DataError when a column is missing or has another length.
    """
    return {name: _array(batch, name, spec) for name, spec in specs.items()}


def _array(batch: pa.RecordBatch, name: str, spec: tf.TensorSpec) -> np.ndarray:
    if name not in batch.schema.names:
        raise DataError(f"Expected a column {name} in the samples, found none: make them again.")
    column = batch.column(name)
    shape = (len(column), *spec.shape[1:])
    values = column.flatten() if len(shape) > 1 else column
    if len(values) != np.prod(shape):
        raise DataError(
            f"Expected {np.prod(shape)} values of {name} in {len(column)} samples, got "
            f"{len(values)}: make the samples again."
        )
    array: np.ndarray = values.to_numpy(zero_copy_only=False)
    array = array.astype(spec.dtype.as_numpy_dtype, copy=False)
    return array.reshape(shape)
