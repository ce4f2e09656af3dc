"""The files of the ranking stage in a release made by hand: signals, tastes, and small rankers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from online.flow.stages import Request, Scores
from sparrow.features.declarations import Entity, FeatureSet
from sparrow.signals.context_features import CONTEXT
from sparrow.signals.list_features import list_features
from sparrow.signals.loading import TASTES, SignalParams
from sparrow.signals.models.als_factors import AlsParams
from sparrow.signals.models.taste_clusters import TasteClusters
from sparrow.signals.registry import NAMES, UserSignals
from sparrow.vectors.item_weights import ItemWeights


def save_signals(
    root: Path, similarities: Mapping[str, ItemWeights], tastes: TasteClusters, als: AlsParams
) -> None:
    """What `sparrow.signals.loading.load_signals` reads besides embeddings and stars."""
    for name, similarity in similarities.items():
        similarity.save(root / "similarities" / name)
    tastes.save(root / TASTES)
    SignalParams(als).save(root)


def save_ranker(
    folder: Path,
    features: FeatureSet,
    weights: Mapping[str, float],
    *,
    taste: float = 0.0,
    gate: float = 0.0,
) -> None:
    """A SavedModel that adds up signals with fixed weights, value and rank half and half.

    `taste` is the weight of the deep part, the user's taste for the movie's genres; `gate` what a
    newcomer's lists add to each weight. Only what it uses is in the signature `rank`. A movie is
    liked with the sigmoid of the taste.
    """
    import tensorflow as tf

    module = tf.Module()
    # as trained models do: a signature without its variables must not pass for a working one
    module.weights = tf.Variable([weights.get(name, 0.0) for name in NAMES], dtype=tf.float32)
    module.taste = tf.Variable(1.0)
    size = len(NAMES)

    def rank(signals: Any, **used: Any) -> dict[str, Any]:
        both = (signals[:, :size] + signals[:, size:]) / 2  # (n, signals)
        count = module.weights
        if gate:
            newcomer = used["context"][:, CONTEXT.index("has_no_history")]  # (1,)
            count = count * (1.0 + gate * newcomer)
        parts = both * count
        deep = tf.zeros_like(signals[:, :1])
        if taste:
            deep = (
                taste
                * module.taste
                * tf.reduce_sum(
                    used["user_genre_taste"] * used["movie_genres"], axis=1, keepdims=True
                )
            )
        components = tf.concat([parts, deep], axis=1)  # (n, signals + 1)
        return {"score": tf.reduce_sum(components, axis=1), "components": components}

    def like(user_genre_taste: Any, movie_genres: Any, **others: Any) -> dict[str, Any]:
        used = tf.reduce_sum([tf.cast(tf.size(other), tf.float32) for other in others.values()])
        found = tf.reduce_sum(user_genre_taste * movie_genres, axis=1)  # (n,)
        return {"score": tf.sigmoid(module.taste * found + 0.0 * used)}

    module.rank = tf.function(rank, autograph=False)
    module.like = tf.function(like, autograph=False)
    names = (["user_genre_taste", "movie_genres"] if taste else []) + (["context"] if gate else [])
    signatures = {
        "rank": module.rank.get_concrete_function(**rank_specs(features, names)),
        "serving_default": module.like.get_concrete_function(**like_specs(features)),
    }
    tf.saved_model.save(module, str(folder), signatures=signatures)


def rank_specs(features: FeatureSet, names: Sequence[str]) -> dict[str, Any]:
    """Inputs of a ranker: the signals, and these of the features and the context."""
    import tensorflow as tf

    specs = {"signals": tf.TensorSpec((None, 2 * len(NAMES)), tf.float32, "signals")}
    for name in names:
        if name == "context":
            specs[name] = tf.TensorSpec((1, len(CONTEXT)), tf.float32, name)
            continue
        feature = features[name]
        first = None if feature.entity is Entity.MOVIE else 1
        shape = (first, feature.length) if feature.length > 1 else (first,)
        specs[name] = tf.TensorSpec(shape, np.dtype(feature.dtype), name)
    return specs


def like_specs(features: FeatureSet) -> dict[str, Any]:
    """Inputs of `serving_default`: every feature, with one first axis."""
    import tensorflow as tf

    return {
        f.name: tf.TensorSpec(
            (None, f.length) if f.length > 1 else (None,), np.dtype(f.dtype), f.name
        )
        for f in features.features
    }


@dataclass(frozen=True)
class LinearRanker:
    """A ranker in NumPy: fixed weights of signals, value and rank half and half."""

    weights: Mapping[str, float]
    name: str = "linear"

    def components(self, signals: UserSignals, item_index: np.ndarray) -> np.ndarray:
        """(signals, n) of a list."""
        both = list_features(signals.raw(item_index)).reshape(2, len(NAMES), -1).mean(axis=0)
        found: np.ndarray = both * np.array([self.weights.get(n, 0.0) for n in NAMES])[:, None]
        return found

    def __call__(self, request: Request, positions: np.ndarray) -> Scores:
        """As a scorer of a flow."""
        components = self.components(request.signals, positions)
        return Scores(components.sum(axis=0), dict(zip(NAMES, components, strict=True)))
