"""What each event of a user's history contributes to the scores of movies.

The contribution of an event is what a movie's score would lose without it. It is worked out from
the ranker's own components: each is a function of the signal's value, known at the values of the
list's candidates, and what the value would lose without the event is known for the signals that add
up events (EASE, item-kNN, what followed what, what was rated at once) and for those of vectors that
are means or least squares of them (content, ALS). Other signals name no single event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sparrow.events import Int
from sparrow.signals import co_rating, preference, sequence
from sparrow.signals.fitted import FittedSignals
from sparrow.signals.history import History
from sparrow.signals.item_similarity import ItemSimilarity
from sparrow.signals.likes import is_liked
from sparrow.signals.registry import UserSignals
from sparrow.vectors import Vectors

LATEST = 200
"""Events of a long history that are looked at, the last ones."""

_SAMPLE = 128  # candidates of a list that show how its components depend on the values

TOGETHER = tuple(signal.name for signal in sequence.SIGNALS)
"""Signals of what was watched next, or at once."""

Losses = Callable[[FittedSignals, History, Int], Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class Influence:
    """Contributions of events to the scores of n movies."""

    event: Int  # (events,) places in the history
    effect: np.ndarray  # (n, events), in units of the score; what is negative speaks against it
    together: np.ndarray  # (n, events) the part of it by TOGETHER
    spread: float  # standard deviation of the scores of the list

    @classmethod
    def of(
        cls, signals: UserSignals, movies: Int, ranked: Int, components: Mapping[str, np.ndarray]
    ) -> Influence:
        """On the movies at `movies` (n,), which are of the list `ranked` (m,), best first.

        `components` (m,) each by signal are what the scores of the list consist of.
        """
        history = signals.history
        count = min(len(history), LATEST)
        event = np.arange(len(history) - count, len(history))
        sample = np.unique(np.linspace(0, len(ranked) - 1, _SAMPLE).astype(np.int64))
        items = np.concatenate([ranked[sample], movies])
        effect, together = np.zeros((2, len(movies), count))
        total = np.sum([part[sample] for part in components.values()], axis=0)
        for name, loss in losses(signals.fitted, history, items, count).items():
            if name not in components:
                continue
            values = signals.at(name, items)
            curve = _Curve.of(values[: len(sample)], components[name][sample])
            found = _effects(curve, values[len(sample) :], loss, len(sample))
            effect += found
            if name in TOGETHER:
                together += found
        return cls(event, effect, together, float(np.std(total)))


@dataclass(frozen=True)
class _Curve:
    """A component as a function of the signal's value, within one list."""

    values: np.ndarray  # ascending
    components: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, components: np.ndarray) -> _Curve:
        known = ~np.isnan(values)
        order = np.argsort(values[known], kind="stable")
        return cls(values[known][order], components[known][order])

    def slope(self, values: np.ndarray, losses: np.ndarray) -> np.ndarray:
        """What the component loses per unit, where each of `values` (n,) loses so much: (n,)."""
        if len(self.values) < 2:
            return np.zeros(len(values))
        at, less = (np.interp(x, self.values, self.components) for x in (values, values - losses))
        return np.asarray((at - less) / np.where(losses != 0, losses, 1.0))


def _effects(curve: _Curve, values: np.ndarray, loss: np.ndarray, sample: int) -> np.ndarray:
    """(n, events) what the component of each movie loses; `loss` (sample + n, events)."""
    # what all candidates lose alike changes nothing within a list
    relative = loss[sample:] - loss[:sample].mean(axis=0)
    largest = np.take_along_axis(
        relative, np.abs(relative).argmax(axis=1, keepdims=True), axis=1
    ).ravel()
    slope = curve.slope(values, largest)
    return np.asarray(np.where(np.isnan(slope), 0.0, slope)[:, None] * relative)


def losses(
    fitted: FittedSignals, history: History, items: Int, count: int
) -> dict[str, np.ndarray]:
    """What each signal's value of the movies at `items` (m,) loses without each of the last `count`
    events: (m, count) by signal, 0 where either is unknown.
    """
    if not count:
        return {}
    return {
        **_co_rating(fitted, history, items, count),
        **_sequence(fitted, history, items, count),
        **_als(fitted, history, items, count),
        **_content(fitted, history, items, count),
    }


def _co_rating(
    fitted: FittedSignals, history: History, items: Int, count: int
) -> dict[str, np.ndarray]:
    weights = co_rating.history_weights(history, fitted.neutral_rating)[:, -count:]
    found = {}
    names = iter(co_rating.SIGNALS)
    for similarity in (fitted.ease, fitted.item_knn):
        block = _block(similarity, items, history.item_index[-count:])
        for row in weights:
            found[next(names).name] = block * row
    return found


def _sequence(
    fitted: FittedSignals, history: History, items: Int, count: int
) -> dict[str, np.ndarray]:
    last = history.item_index[-sequence.FEW :]
    found = {}
    matrices = (fitted.successors, fitted.successors, fitted.same_session)
    weights = sequence.event_weights(len(last))
    for signal, similarity, row in zip(sequence.SIGNALS, matrices, weights, strict=True):
        shares = _block(similarity, items, last) * row
        total = shares.sum(axis=1, keepdims=True)
        loss = np.zeros((len(items), count))
        loss[:, count - len(last) :] = sequence.scaled(total) - sequence.scaled(total - shares)
        found[signal.name] = loss
    return found


def _als(fitted: FittedSignals, history: History, items: Int, count: int) -> dict[str, np.ndarray]:
    if fitted.als is None:
        return {}
    return {"als": fitted.als.movies.matrix[items] @ fitted.als.removals(history, count).T}


def _content(
    fitted: FittedSignals, history: History, items: Int, count: int
) -> dict[str, np.ndarray]:
    """Of the cosine with the mean content of the last likes."""
    vectors = fitted.facts.content
    loss = np.zeros((len(items), count))
    pooled = np.flatnonzero(is_liked(history, fitted.like_threshold))[-preference.LIKES :]
    if vectors is None:
        return {}
    pooled = pooled[vectors.known[history.item_index[pooled]]]
    if len(pooled):
        reached = pooled[pooled >= len(history) - count]
        places = reached - (len(history) - count)
        loss[:, places] = _mean_losses(
            vectors, items, history.item_index[pooled], len(pooled) - len(reached)
        )
    return {"content": loss}


def _mean_losses(vectors: Vectors, items: Int, pooled: Int, skipped: int) -> np.ndarray:
    """(m, pooled - skipped) what the cosine with the mean of `pooled` loses without each movie."""
    own = vectors.matrix[pooled]
    total = own.sum(axis=0)
    movies = vectors.matrix[items] / np.maximum(vectors.lengths[items], 1e-12)[:, None]
    cosine = movies @ total / max(float(np.linalg.norm(total)), 1e-12)
    if len(pooled) == 1:
        return np.asarray(cosine[:, None])
    rest = total - own[skipped:]
    without = movies @ rest.T / np.maximum(np.linalg.norm(rest, axis=1), 1e-12)
    return np.asarray(cosine[:, None] - without)


def _block(similarity: ItemSimilarity | None, items: Int, history: Int) -> np.ndarray:
    """(m, h) weights from each movie of the history to each of `items`; 0 without a row."""
    if similarity is None:
        return np.zeros((len(items), len(history)), dtype=np.float32)
    to, of = similarity.rows[items], similarity.rows[history]
    block = similarity.weights[of[None, :], to[:, None]]
    return np.where((to >= 0)[:, None] & (of >= 0), block, 0.0)
