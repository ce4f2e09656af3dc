"""SavedModel: a trained ranking model in this process, without Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from online.catalogue import Catalogue
from online.flow import Request, Scores
from sparrow.errors import ReleaseError
from sparrow.events import Int
from sparrow.features import Entity, Feature, FeatureSet, Kind
from sparrow.folds import context_rows
from sparrow.quiet_tensorflow import quiet_tensorflow, without_keras

SIGNATURE = "rank"
_WARM_UP = (1, 64, 512)  # candidates; the first calls of a graph are slow
OUTPUTS = {"like": "score", "watch": "watch"}
"""Verdicts and what the signature calls them; the second only models of two tasks give."""

_CERTAIN = 1e-6  # probabilities are kept so far from 0 and 1


class SavedModelScorer:
    """Scores by the signature `rank` of a SavedModel: P(like | watched) as a logit.

    A model of two tasks also says P(watched): the part "watch", which the total leaves to `Blend`.
    """

    def __init__(self, name: str, rank: Callable[..., Any], features: FeatureSet) -> None:
        """`rank` takes positions (n,) and the viewer's and context's features by name."""
        self._name = name
        self._rank = rank
        self._model: Any = None
        self._viewer_features = features.of(Entity.USER)
        self._context_features = features.of(Entity.CONTEXT)

    @classmethod
    def load(
        cls, name: str, folder: Path, features: FeatureSet, catalogue: Catalogue
    ) -> SavedModelScorer:
        """Read the model, tie it to the catalogue's features, and warm it up.

        Imports TensorFlow. Raises ReleaseError when the model is missing or does not take the
        features of the release.
        """
        with quiet_tensorflow(), without_keras():
            import tensorflow as tf

        try:
            model = tf.saved_model.load(str(folder))
            signature = model.signatures[SIGNATURE]
            _check_inputs(name, signature, features)
            scorer = cls(name, _bind(signature, features, catalogue), features)
            scorer._model = model  # owns the variables, which the graph only refers to
            scorer._warm_up(features.empty_rows(Entity.USER, 1)[0], len(catalogue))
        except (OSError, ValueError, KeyError, TypeError, tf.errors.OpError) as error:
            raise ReleaseError(
                f"Expected a SavedModel with the signature {SIGNATURE!r} in {folder}, got {error}: "
                "run `sparrow train` and `sparrow publish`."
            ) from error
        return scorer

    @property
    def name(self) -> str:
        """As in the release."""
        return self._name

    def __call__(self, request: Request, positions: Int) -> Scores:
        """Logits of the model's probabilities."""
        chances = self._probabilities(request.viewer.row, request.at, positions)
        chances = np.clip(chances.astype(np.float64), _CERTAIN, 1 - _CERTAIN)
        logits = np.log(chances) - np.log1p(-chances)  # (verdicts, n)
        return Scores(logits[0], dict(zip(OUTPUTS, logits, strict=False)))

    def _warm_up(self, viewer: np.void, movies: int) -> None:
        for count in _WARM_UP:
            positions = np.arange(count) % movies
            chances = self._probabilities(viewer, 0, positions)
            if chances.shape[1:] != positions.shape:
                raise ValueError(f"scores of shape {chances.shape[1:]} for {count} movies")

    def _probabilities(self, viewer: np.void, at: int, positions: Int) -> np.ndarray:
        context = context_rows(np.array([at], dtype=np.int64))
        values = {f.name: viewer[f.name] for f in self._viewer_features}
        chances: np.ndarray = self._rank(positions, values | dict(context))
        return chances


def _bind(
    signature: Callable[..., Any], features: FeatureSet, catalogue: Catalogue
) -> Callable[[Int, Mapping[str, np.ndarray]], np.ndarray]:
    """One graph from positions and the viewer to probabilities (verdicts, n).

    Movies' features stay inside of it, and the viewer's travel as one tensor of numbers and one of
    ids: passing a tensor in costs tens of microseconds, whatever its size.
    """
    import tensorflow as tf

    tables = {f.name: tf.constant(catalogue.features[f.name]) for f in features.of(Entity.MOVIE)}
    asked = features.of(Entity.USER, Entity.CONTEXT)
    numbers = tuple(f for f in asked if f.kind is Kind.NUMBER)
    ids = tuple(f for f in asked if f.kind is not Kind.NUMBER)

    def rank(positions: Any, viewer_numbers: Any, viewer_ids: Any) -> Any:
        inputs = _unpack(numbers, viewer_numbers) | _unpack(ids, viewer_ids)
        inputs |= {name: tf.gather(table, positions) for name, table in tables.items()}
        answer = signature(**inputs)
        return tf.stack([answer[name] for name in OUTPUTS.values() if name in answer])

    concrete = tf.function(rank, autograph=False).get_concrete_function(
        tf.TensorSpec((None,), tf.int64),
        tf.TensorSpec((sum(f.length for f in numbers),), tf.float32),
        tf.TensorSpec((sum(f.length for f in ids),), tf.int64),
    )

    held, options = concrete.captured_inputs, tf.compat.v1.ConfigProto()
    rewriting = options.graph_options.rewrite_options
    rewriting.remapping = rewriting.OFF  # fused products remember each number of candidates: 30 MB
    plain = options.SerializeToString()

    def call(positions: Int, viewer: Mapping[str, np.ndarray]) -> np.ndarray:
        # the operation, since `concrete(…)` matches arguments to types for longer than it computes
        (scores,) = tf.raw_ops.StatefulPartitionedCall(
            args=[positions, _pack(numbers, viewer), _pack(ids, viewer), *held],
            Tout=[tf.float32],
            f=concrete,
            config_proto=plain,
        )
        probabilities: np.ndarray = scores.numpy()
        return probabilities

    return call


def _pack(features: Sequence[Feature], values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Values of features of one type, end to end."""
    packed: np.ndarray = np.concatenate([np.reshape(values[f.name], -1) for f in features])
    return packed


def _unpack(features: Sequence[Feature], packed: Any) -> dict[str, Any]:
    """`_pack` undone in the graph: a tensor (1,) or (1, length) per feature."""
    ends = np.cumsum([f.length for f in features]).tolist()
    starts = [0, *ends[:-1]]
    return {
        f.name: packed[start:end][None] if f.length > 1 else packed[start:end]
        for f, start, end in zip(features, starts, ends, strict=True)
    }


def _check_inputs(name: str, signature: Any, features: FeatureSet) -> None:
    takes = set(signature.structured_input_signature[1])
    expected = {feature.name for feature in features.features}
    if takes != expected:
        raise ReleaseError(
            f"Expected model {name} to take the {len(expected)} features of its release, but it "
            f"lacks {sorted(expected - takes)} and asks for {sorted(takes - expected)}: train and "
            "publish it again."
        )
