"""The ranker: a SavedModel scores candidates by their signals, without Keras."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from online.catalogue.catalogue import Catalogue
from online.flow.stages import Request, Scores
from sparrow.arrays import Int
from sparrow.errors import ReleaseError
from sparrow.features.declarations import Entity, Feature, FeatureSet, FeatureType
from sparrow.features.folds import context_rows
from sparrow.signals.context_features import CONTEXT, context_features
from sparrow.signals.list_features import list_features
from sparrow.signals.registry import NAMES
from sparrow.system.tensorflow_import import quiet_tensorflow, without_keras

RANK, LIKE = "rank", "serving_default"
"""Signatures: scores of a list, and the probability of a like for each movie."""

SCORE, COMPONENTS = "score", "components"
MODEL = "model"  # name of the last component, the contribution of the deep part
SIGNAL_INPUT, CONTEXT_INPUT = "signals", "context"
_WARM_UP = (1, 64, 512)  # numbers of candidates; the first calls of a graph are slow


@dataclass(frozen=True)
class RankInputs:
    """The inputs of a ranker for a list of n candidates."""

    item_index: Int  # (n,)
    signals: np.ndarray  # (2 signals, n) float32, `list_features`
    context: np.ndarray  # (len(CONTEXT),) float32
    user: Mapping[str, np.ndarray]  # the user's and the context's features by name

    def value(self, feature: Feature) -> np.ndarray:
        """One feature of the user or context: () or (length,)."""
        return np.asarray(self.user[feature.name])


Rank = Callable[[RankInputs], tuple[np.ndarray, np.ndarray]]
"""Maps the inputs to scores (n,) and components (signals + 1, n)."""


class LikePredictor:
    """The probability of a like, by a model's signature `serving_default`."""

    def __init__(
        self, like: Callable[[Int, Mapping[str, np.ndarray]], np.ndarray], features: FeatureSet
    ) -> None:
        """`like` takes item_index (n,) and the user's and context's features by name."""
        self._like = like
        self._features = features.of(Entity.USER)

    def __call__(self, request: Request, item_index: Int) -> np.ndarray:
        """Probabilities (n,) for the movies at `item_index`."""
        return self._like(item_index, user_values(request, self._features))


class RankerScorer:
    """Scores by a model's signature `rank`; the components are by signal."""

    def __init__(
        self, name: str, rank: Rank, features: FeatureSet, inputs: Collection[str]
    ) -> None:
        """`inputs` are the signature's input names."""
        self.inputs = frozenset(inputs)
        self.likes: LikePredictor | None = None  # of the same model, if it runs in this process
        self._name = name
        self._rank = rank
        self._features = features.of(Entity.USER)
        self._model: Any = None

    @classmethod
    def load(
        cls, name: str, folder: Path, features: FeatureSet, catalogue: Catalogue
    ) -> RankerScorer:
        """Read the model, bind it to the catalogue's features, and warm it up.

        Imports TensorFlow. Raises ReleaseError if the model is missing or does not take the signals
        and features of this code.
        """
        with quiet_tensorflow(), without_keras():
            import tensorflow as tf

        try:
            model = tf.saved_model.load(str(folder))
            rank = model.signatures[RANK]
            like = model.signatures.get(LIKE)  # the linear control has none
            for signature in filter(None, (rank, like)):
                _check_inputs(name, signature, features)
            taken = _accepted_inputs(rank) | (set() if like is None else _accepted_inputs(like))
            tables = {
                f.name: tf.constant(catalogue.features[f.name])
                for f in features.of(Entity.MOVIE)
                if f.name in taken
            }
            scorer = cls(
                name, _compile_rank(rank, features, tables), features, _accepted_inputs(rank)
            )
            if like is not None:
                scorer.likes = LikePredictor(_compile_like(like, features, tables), features)
            scorer._model = model  # owns the variables, to which the graph only has references
            scorer._warm_up(features, len(catalogue))
        except (OSError, ValueError, KeyError, TypeError, tf.errors.OpError) as error:
            raise ReleaseError(
                f"Expected a SavedModel with the signature {RANK!r} in {folder}, got "
                f"{error}: run `sparrow train` and `sparrow publish`."
            ) from error
        return scorer

    @property
    def name(self) -> str:
        """Name in the release."""
        return self._name

    def __call__(self, request: Request, item_index: Int) -> Scores:
        """Scores of the list as a whole: a movie's score depends on the other candidates."""
        if not len(item_index):
            return Scores(np.empty(0), {})
        signals = request.signals
        inputs = RankInputs(
            item_index=item_index,
            signals=list_features(signals.raw(item_index)),
            context=context_features(signals.fitted, signals.history),
            user=user_values(request, self._features),
        )
        score, components = self._rank(inputs)
        return Scores(score, dict(zip((*NAMES, MODEL), components, strict=True)))

    def _warm_up(self, features: FeatureSet, movies: int) -> None:
        user = features.empty_rows(Entity.USER, 1)[0]
        values = {f.name: user[f.name] for f in self._features} | _context_at(0)
        context = np.zeros(len(CONTEXT), dtype=np.float32)
        for count in _WARM_UP:
            signals = np.zeros((2 * len(NAMES), count), dtype=np.float32)
            movie = np.arange(count) % movies
            score, components = self._rank(RankInputs(movie, signals, context, values))
            if (score.shape, components.shape) != ((count,), (len(NAMES) + 1, count)):
                raise ValueError(
                    f"scores {score.shape} and components {components.shape} of {count} movies"
                )
            if self.likes is None:
                continue
            chances = self.likes._like(movie, values)
            if chances.shape != (count,):
                raise ValueError(f"probabilities {chances.shape} of {count} movies")


def user_values(request: Request, features: Sequence[Feature]) -> dict[str, np.ndarray]:
    """The user's features, and the context's at the moment of the list, by name."""
    row = request.user.row
    return {f.name: row[f.name] for f in features} | _context_at(request.history.at)


def _context_at(at: int) -> dict[str, np.ndarray]:
    return dict(context_rows(np.array([at], dtype=np.int64)))


def _accepted_inputs(signature: Any) -> set[str]:
    return set(signature.structured_input_signature[1])


def _check_inputs(name: str, signature: Any, features: FeatureSet) -> None:
    specs = signature.structured_input_signature[1]
    known = {feature.name for feature in features.features} | {SIGNAL_INPUT, CONTEXT_INPUT}
    if unknown := sorted(specs.keys() - known):
        raise ReleaseError(
            f"Expected model {name} to take features of its release, but it asks for {unknown}: "
            "train and publish it again."
        )
    widths = {SIGNAL_INPUT: 2 * len(NAMES), CONTEXT_INPUT: len(CONTEXT)}
    for key, width in widths.items():
        if key in specs and specs[key].shape[-1] != width:
            raise ReleaseError(
                f"Expected model {name} to take {width} numbers as {key}, but it was trained with "
                f"{specs[key].shape[-1]}: train and publish it again."
            )


class _TensorPacking:
    """Packs the signature's user inputs into few tensors, and unpacks them in the graph.

    Movie features stay inside the graph: passing a tensor costs tens of microseconds, whatever its
    size.
    """

    def __init__(self, signature: Any, features: FeatureSet, tables: Mapping[str, Any]) -> None:
        """`tables` are the movies' features by name, first axis movies."""
        taken = _accepted_inputs(signature)
        asked = [f for f in features.of(Entity.USER, Entity.CONTEXT) if f.name in taken]
        self.numbers = tuple(f for f in asked if f.kind is FeatureType.NUMBER)
        self.ids = tuple(f for f in asked if f.kind is not FeatureType.NUMBER)
        self.has_signals, self.has_context = (k in taken for k in (SIGNAL_INPUT, CONTEXT_INPUT))
        self._tables = {name: table for name, table in tables.items() if name in taken}

    def specs(self) -> list[Any]:
        """Specs of the tensors that `pack` makes, without those that the signature lacks."""
        import tensorflow as tf

        return [
            tf.TensorSpec((None,), tf.int64),
            *([tf.TensorSpec((2 * len(NAMES), None), tf.float32)] if self.has_signals else []),
            *([tf.TensorSpec((len(CONTEXT),), tf.float32)] if self.has_context else []),
            *([tf.TensorSpec((_width(self.numbers),), tf.float32)] if self.numbers else []),
            *([tf.TensorSpec((_width(self.ids),), tf.int64)] if self.ids else []),
        ]

    def pack(self, inputs: RankInputs) -> list[np.ndarray]:
        """The arrays that the graph is called with."""
        return [
            inputs.item_index,
            *([inputs.signals] if self.has_signals else []),
            *([inputs.context] if self.has_context else []),
            *(
                np.concatenate([np.reshape(inputs.value(f), -1) for f in group])
                for group in (self.numbers, self.ids)
                if group
            ),
        ]

    def unpack(self, tensors: Sequence[Any]) -> dict[str, Any]:
        """The signature's inputs from tensors of `specs`; the user's have a first axis of 1."""
        import tensorflow as tf

        item_index, *others = tensors
        rest = iter(others)
        found = {name: tf.gather(table, item_index) for name, table in self._tables.items()}
        if self.has_signals:
            found[SIGNAL_INPUT] = tf.transpose(next(rest))
        if self.has_context:
            found[CONTEXT_INPUT] = next(rest)[None]
        for group in (self.numbers, self.ids):
            if group:
                found |= _split(group, next(rest))
        return found


def _width(features: Sequence[Feature]) -> int:
    return sum(f.length for f in features)


def _split(features: Sequence[Feature], packed: Any) -> dict[str, Any]:
    """A tensor (1,) or (1, length) per feature."""
    ends = np.cumsum([f.length for f in features]).tolist()
    starts = [0, *ends[:-1]]
    return {
        f.name: packed[start:end][None] if f.length > 1 else packed[start:end]
        for f, start, end in zip(features, starts, ends, strict=True)
    }


def _compile_rank(signature: Any, features: FeatureSet, tables: Mapping[str, Any]) -> Rank:
    """One graph from a list's inputs to scores and components."""
    import tensorflow as tf

    inputs = _TensorPacking(signature, features, tables)

    def rank(*tensors: Any) -> Any:
        answer = signature(**inputs.unpack(tensors))
        return answer[SCORE], tf.transpose(answer[COMPONENTS])

    call = _compiled(rank, inputs.specs(), outputs=2)

    def ranked(given: RankInputs) -> tuple[np.ndarray, np.ndarray]:
        score, components = call(inputs.pack(given))
        return score.numpy(), components.numpy()

    return ranked


def _compile_like(
    signature: Any, features: FeatureSet, tables: Mapping[str, Any]
) -> Callable[[Int, Mapping[str, np.ndarray]], np.ndarray]:
    """One graph from a user and movies to probabilities."""
    import tensorflow as tf

    inputs = _TensorPacking(signature, features, tables)
    user = [f.name for f in (*inputs.numbers, *inputs.ids)]

    def like(*tensors: Any) -> Any:
        given, count = inputs.unpack(tensors), tf.size(tensors[0])
        for name in user:  # the signature takes one row per user and movie
            given[name] = tf.repeat(given[name], count, axis=0)
        return (signature(**given)[SCORE],)

    call = _compiled(like, inputs.specs(), outputs=1)
    nothing = np.empty(0, dtype=np.float32)

    def predicted(item_index: Int, values: Mapping[str, np.ndarray]) -> np.ndarray:
        (chances,) = call(inputs.pack(RankInputs(item_index, nothing, nothing, values)))
        found: np.ndarray = chances.numpy()
        return found

    return predicted


def _compiled(
    function: Callable[..., Any], specs: Sequence[Any], outputs: int
) -> Callable[[Sequence[np.ndarray]], Sequence[Any]]:
    """A call of the function's graph, which returns that many float32 tensors."""
    import tensorflow as tf

    concrete = tf.function(function, autograph=False).get_concrete_function(*specs)
    slate, options = concrete.captured_inputs, tf.compat.v1.ConfigProto()
    rewriting = options.graph_options.rewrite_options
    # otherwise fused products keep 30 MB of memory for each number of candidates
    rewriting.remapping = rewriting.OFF
    plain = options.SerializeToString()

    def call(arrays: Sequence[np.ndarray]) -> Sequence[Any]:
        # call the operation: `concrete(…)` takes longer to match arguments than to compute
        found: Sequence[Any] = tf.raw_ops.StatefulPartitionedCall(
            args=[*arrays, *slate], Tout=[tf.float32] * outputs, f=concrete, config_proto=plain
        )
        return found

    return call
