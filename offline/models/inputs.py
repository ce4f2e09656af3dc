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
from offline.models.layers import PADDING_INDEX, IdDropout, IdIndex, Normalise
from offline.models.star_estimate import StarEstimate
from sparrow.encoding import FIRST_INDEX, UNKNOWN_INDEX, Encoding, Normal
from sparrow.features import Entity, Feature, FeatureSet, Kind, Scale

HISTORY, STARS = "user_recent_movies", "user_recent_stars"  # what was rated, and how

SHRINKAGE = 5.0  # how many ratings' weight the mean of all has against the viewer's own

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
        self.features = features
        self.dim = config.embedding_dim
        self._factors = factors
        self.inputs: dict[str, keras.KerasTensor] = {
            f.name: keras.Input(_shape(f), dtype=np.dtype(f.dtype).name, name=f.name)
            for f in features.features
        }
        self._encoding = encoding
        self._config = config
        self._lookups: dict[str, keras.layers.Layer] = {}  # by vocabulary
        self._tables: dict[str, keras.layers.Layer] = {}  # by vocabulary and role
        self._made: dict[str, keras.KerasTensor] = {}  # by what it is

    def _once(self, key: str, make: Callable[[], keras.KerasTensor]) -> keras.KerasTensor:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def rows(self, name: str) -> keras.KerasTensor:
        """`known_rows`, of which training shows some as unknown."""
        drop = IdDropout(self._config.id_dropout, self._config.seed, name=f"{name}_dropout")
        return self._once(f"rows of {name}", lambda: drop(self.known_rows(name)))

    def known_rows(self, name: str) -> keras.KerasTensor:
        """Embedding rows of a category (batch,) or a sequence (batch, length); 0 is padding.

        Only sequences have padding: the default of a category stands for somebody unknown, whose
        row training shows by id dropout.
        """
        return self._once(f"known rows of {name}", lambda: self._looked_up(name))

    def _looked_up(self, name: str) -> keras.KerasTensor:
        feature = self.features[name]
        vocabulary = feature.vocabulary
        if vocabulary not in self._lookups:
            ids = self._encoding.vocabularies[vocabulary]
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
            size = len(self._encoding.vocabularies[vocabulary]) + FIRST_INDEX
            self._tables[table] = keras.layers.Embedding(
                size, dim or self._config.embedding_dim, name=f"{table}_table"
            )
        return self._once(f"{role} of {name}", lambda: self._tables[table](self.rows(name)))

    def present(self) -> keras.KerasTensor:
        """1 where the history has a movie, 0 where it has padding: (batch, length)."""
        rows = self.rows(HISTORY)
        present = keras.ops.cast(keras.ops.not_equal(rows, PADDING_INDEX), "float32")
        return self._once("present", lambda: present)

    def liking(self) -> keras.KerasTensor:
        """How much better than expected each movie of the history was found: (batch, length).

        Its stars less the viewer's mean (shrunk to that of all) and the movie's learned offset;
        0 where there is padding or the stars are unknown.
        """
        return self._once("liking", self._liking)

    def _liking(self) -> keras.KerasTensor:
        stars = self.number(STARS)  # 0 is the mean of all
        known = 1.0 - keras.ops.cast(keras.ops.isnan(self.inputs[STARS]), "float32")
        known = known * self.present()
        count = keras.ops.sum(known, axis=1, keepdims=True)
        mean = keras.ops.sum(stars * known, axis=1, keepdims=True) / (count + SHRINKAGE)
        offset = keras.ops.squeeze(self.embedded(HISTORY, "offset", dim=1), axis=-1)
        return known * (stars - mean - offset)

    def taste(self) -> keras.KerasTensor:
        """What the history says of the viewer, a vector (batch, dim); zeros without a history.

        taste = Σ_j (liking_j x_j + y_j) / √n, with two learned vectors x, y for each movie j: the
        asymmetric SVD of Koren, Factorization Meets the Neighborhood (2008), section 4.
        """
        return self._once("taste", self._taste)

    def _taste(self) -> keras.KerasTensor:
        values = self.embedded(HISTORY, "value", dim=2 * self.dim)  # (batch, length, 2 dim)
        weights = keras.ops.stack([self.liking(), self.present()], axis=1)  # (batch, 2, length)
        sums = keras.ops.matmul(weights, values)  # (batch, 2, 2 dim)
        total = sums[:, 0, : self.dim] + sums[:, 1, self.dim :]
        count = keras.ops.sum(self.present(), axis=1, keepdims=True)
        return total / keras.ops.sqrt(count + 1.0)

    def affinity(self) -> keras.KerasTensor:
        """The candidate's vector times the viewer's and their taste, by element: (batch, dim).

        Its sum is the SVD++ score. Both sides meet here.
        """
        viewer = self.embedded("user_id", "factor") + self.taste()  # (1 or batch, dim)
        return viewer * self.embedded("movie_id", "factor")

    def fields(self, *entities: Entity) -> list[keras.KerasTensor]:
        """A vector (batch, dim) per category, and the taste for the history, in declared order."""
        return [
            self.taste() if f.kind is Kind.SEQUENCE else self.embedded(f.name)
            for f in self.features.of(*entities)
            if f.kind is not Kind.NUMBER
        ]

    def numbers(self, *entities: Entity) -> keras.KerasTensor | None:
        """Every number of these entities, normalised, as columns (batch, columns); None if none.

        Stars of the history are no numbers of their own: they belong to its movies.
        """
        chosen = [
            f for f in self.features.of(*entities) if f.kind is Kind.NUMBER and f.name != STARS
        ]
        return self._normalised(chosen) if chosen else None

    def genre_match(self) -> keras.KerasTensor:
        """The viewer's taste, and share of ratings, in the movie's genres, summed: (batch, 2).

        A cross that dense layers would need many samples to find. Both sides meet here.
        """
        genres = self.number("movie_genres")  # (batch, genres)
        of_viewer = [self.number(n) for n in ("user_genre_taste", "user_genre_share")]
        matches = [keras.ops.sum(v * genres, axis=1, keepdims=True) for v in of_viewer]
        return keras.ops.concatenate(matches, axis=1)

    def star_estimate(self) -> keras.KerasTensor:
        """What matrix factorisation expects of the viewer and the movie (batch, 4), in stars."""
        estimate = StarEstimate(self._factors, self._encoding)
        return self._once(
            "star estimate",
            lambda: estimate(
                self.known_rows("movie_id"),
                self.known_rows(HISTORY),
                self.inputs[STARS],
                self.known_rows("user_id"),
            ),
        )

    def crosses(self) -> keras.KerasTensor:
        """Where viewer and movie meet before any dense layer: (batch, 6)."""
        return keras.ops.concatenate([self.genre_match(), self.star_estimate()], axis=1)

    def number(self, name: str) -> keras.KerasTensor:
        """One number or vector of numbers, normalised: (batch, length)."""
        return self._normalised([self.features[name]])

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
        parts, numbers = self.fields(*entities), self.numbers(*entities)
        return keras.ops.concatenate([*parts, numbers] if numbers is not None else parts, axis=1)

    def linear(self, units: int, *entities: Entity) -> keras.KerasTensor:
        """A linear function (batch, units) of these entities' numbers and one-hot ids.

        A one-hot id times a matrix is a row of the matrix: an embedding of length `units`. The
        history counts as the mean over its movies of liking times a row.
        """
        role = f"weight{units}"
        terms = []
        for f in self.features.of(*entities):
            if f.kind is Kind.CATEGORY:
                terms.append(self.embedded(f.name, role, units))
            elif f.kind is Kind.SEQUENCE:
                terms.append(self._mean_weight(role, units))
        numbers = self.numbers(*entities)
        if numbers is not None:
            terms.append(keras.layers.Dense(units)(numbers))
        return sum(terms[1:], terms[0])

    def _mean_weight(self, role: str, units: int) -> keras.KerasTensor:
        weights = self.embedded(HISTORY, f"{role}_liked", units)  # (batch, length, units)
        total = keras.ops.einsum("bl,blu->bu", self.liking(), weights)
        count = keras.ops.sum(self.present(), axis=1, keepdims=True)
        return total / keras.ops.sqrt(count + 1.0)

    def events(self) -> keras.KerasTensor:
        """A vector for each event of the history, newest first: (batch, length, dim).

        The movie's vector plus a learned direction times how much it was liked.
        """
        liked = keras.layers.Dense(self.dim, use_bias=False)(self.liking()[:, :, None])
        return self._once("events", lambda: self.embedded(HISTORY) + liked)
