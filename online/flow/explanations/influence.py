"""The effect of each event of a user's history on the scores of movies.

The effect of an event is what a movie's score would lose without it. It is computed from the
ranker's components: each is a function of its signal's value, known at the values of the list's
candidates. What the value would lose without the event is known for signals that add up events
(EASE, item-kNN, sequences, co-watching) and for those of vectors that are means or least squares of
events (content, ALS). Other signals are not attributed to single events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sparrow.arrays import Int
from sparrow.signals.groups import co_rating, preference, sequence
from sparrow.signals.models.als_factors import AlsValues
from sparrow.signals.models.fitted_signals import FittedSignals
from sparrow.signals.registry import UserSignals
from sparrow.signals.values.history import History
from sparrow.signals.values.item_similarity import ItemSimilarity
from sparrow.signals.values.liked_items import is_liked
from sparrow.vectors.item_vectors import ItemVectors

MAX_EVENTS = 128
"""The last events of a long history that are looked at."""

SEQUENCE_SIGNALS = frozenset(signal.name for signal in sequence.SIGNALS)
"""Signals of sequences and co-watching."""

_MAX_CANDIDATE_EVENTS = (
    2  # events for each movie with the largest approximate effect, whose effect is computed exactly
)
_SAMPLE = 32  # candidates of the list that its movies are compared with


@dataclass(frozen=True)
class Influence:
    """Effects on the scores of n movies, in units of the score; negative ones lower it."""

    event: Int  # (e,) indices in the history of the events with the largest effects, ascending
    effect: np.ndarray  # (n, e) of these
    together: np.ndarray  # (n, e) the part of it that comes from TOGETHER signals
    approximate_effect: np.ndarray  # (n, events) of all of the last events, approximate
    spread: float  # standard deviation of the scores of the list

    @classmethod
    def of(
        cls, signals: UserSignals, ranked: Int, shown: Int, components: Mapping[str, np.ndarray]
    ) -> Influence:
        """The effects on n movies of the list `ranked` (m,), those at its ranks `shown` (n,).

        `components` (m,) each by signal are those of the list's scores.
        """
        sample = np.linspace(0, len(ranked) - 1, min(_SAMPLE, len(ranked))).astype(np.int64)
        places = np.concatenate([sample, shown])
        spread = float(np.sum([part[sample] for part in components.values()], axis=0).std())
        count = min(len(signals.history), MAX_EVENTS)
        lost = ablation_losses(signals, ranked[places], count)
        names = [name for name in lost if name in components]
        if not names:
            nothing = np.zeros((len(shown), 0))
            return cls(np.empty(0, dtype=np.int64), nothing, nothing, nothing, spread)
        parts = _Parts(
            len(sample),
            np.stack([signals.at(name, ranked[places]) for name in names]),
            np.stack([components[name][places] for name in names]),
            np.stack([lost[name] for name in names]),
        )
        approximate_effect = parts.approximate_effect()
        chosen = _largest(approximate_effect)
        effects = parts.effects(chosen)
        together = effects[[name in SEQUENCE_SIGNALS for name in names]].sum(axis=0)
        event = len(signals.history) - count + chosen
        return cls(event, effects.sum(axis=0), together, approximate_effect, spread)


def _largest(effect: np.ndarray) -> Int:
    """The events (columns) with the largest effect on each movie (row), ascending."""
    if effect.shape[1] <= _MAX_CANDIDATE_EVENTS:
        return np.arange(effect.shape[1])
    return np.unique(
        np.argpartition(-effect, _MAX_CANDIDATE_EVENTS, axis=1)[:, :_MAX_CANDIDATE_EVENTS]
    )


@dataclass(frozen=True)
class _Parts:
    """Score components of `sample` candidates of the list, then of the n movies."""

    sample: int
    values: np.ndarray  # (signals, sample + n), NaN where unknown
    components: np.ndarray  # (signals, sample + n)
    ablation_losses: (
        np.ndarray
    )  # (signals, sample + n, events) loss of the values without each event

    def approximate_effect(self) -> np.ndarray:
        """Approximate loss of the movies' scores without each event: (n, events).

        Linear interpolation between each component and the component at the largest loss.
        """
        # a loss that all candidates share changes nothing in the list
        usual = self.ablation_losses[:, : self.sample].mean(axis=1)
        relative = self.ablation_losses[:, self.sample :] - usual[:, None]
        place = np.abs(relative).argmax(axis=2)
        largest = np.take_along_axis(relative, place[:, :, None], axis=2)[:, :, 0]
        others = self.values[:, self.sample :] - largest
        less = self._components_at(self.values, others[:, :, None])
        change = self.components[:, self.sample :] - less[:, :, 0]
        slope = change / np.where(largest != 0, largest, 1.0)
        found: np.ndarray = np.einsum("sn,sne->ne", slope.astype(np.float32), relative)
        return found

    def effects(self, events: Int) -> np.ndarray:
        """Loss of the movies' components without each of these events: (signals, n, events).

        A component is a function of the standardised value; without an event, mean and deviation of
        the list's values change too.
        """
        known = ~np.isnan(self.values[:, : self.sample, None])
        less = self.values[:, :, None] - self.ablation_losses[:, :, events]
        standard = _standard(self.values[:, :, None], known)[:, :, 0]
        without = self._components_at(standard, _standard(less, known)[:, self.sample :])
        lost: np.ndarray = self.components[:, self.sample :, None] - without
        return lost

    def _components_at(self, values: np.ndarray, others: np.ndarray) -> np.ndarray:
        """The components at other values `others` (signals, n, k): the same shape.

        They are interpolated from the candidates' `values` (signals, sample + n). Where a movie's
        value is unknown, its component does not change.
        """
        found = np.empty(others.shape)
        for row, (value, component) in enumerate(zip(values, self.components, strict=True)):
            known = np.flatnonzero(~np.isnan(value))
            order = known[np.argsort(value[known])]
            if len(order):
                found[row] = np.interp(others[row], value[order], component[order])
        unknown = np.isnan(self.values[:, self.sample :])
        return np.where(unknown[:, :, None], self.components[:, self.sample :, None], found)


def _standard(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Values (signals, sample + n, k) standardised by mean and deviation of the sample.

    `known` (signals, sample, 1) tells which of the sample have a value.
    """
    sample = np.where(known, values[:, : known.shape[1]], 0.0)
    count = np.maximum(known.sum(axis=1), 1)
    mean = (sample.sum(axis=1) / count)[:, None]
    square = np.einsum("smk,smk->sk", sample, sample) / count
    deviation = np.sqrt(np.maximum(square[:, None] - mean * mean, 0.0))
    return np.asarray((values - mean) / np.where(deviation > 0, deviation, 1.0))


def ablation_losses(signals: UserSignals, items: Int, count: int) -> dict[str, np.ndarray]:
    """Loss of the signals of the movies at `items` (m,) without each of the last `count` events.

    (m, count) by signal, 0 where the movie's value is unknown.
    """
    if not count:
        return {}
    fitted, history = signals.fitted, signals.history
    return {
        **_ease_losses(fitted, history, items, count),
        **_sequence_losses(fitted, history, items, count),
        **_als_losses(signals, items, count),
        **_content_losses(fitted, history, items, count),
    }


def _ease_losses(
    fitted: FittedSignals, history: History, items: Int, count: int
) -> dict[str, np.ndarray]:
    whole, recent, rated = co_rating.history_weights(history, fitted.neutral_rating)[:, -count:]
    closer = np.float32(2 ** (1 / co_rating.HALF_LIFE) - 1)
    found = {}
    names = iter(co_rating.SIGNALS)
    for similarity in (fitted.ease, fitted.item_knn):
        block = _block(similarity, items, history.item_index[-count:])
        found[next(names).name] = block * whole
        lately = block * recent
        # without an event, each event before it is one step more recent
        before = np.cumsum(lately, axis=1) - lately
        found[next(names).name] = lately - closer * before
        found[next(names).name] = block * rated
    return found


def _sequence_losses(
    fitted: FittedSignals, history: History, items: Int, count: int
) -> dict[str, np.ndarray]:
    last = history.item_index[-sequence.RECENT_EVENTS - 1 :]  # one more, which moves up
    matrices = (fitted.successors, fitted.successors, fitted.same_session)
    found = {}
    for row, (signal, similarity) in enumerate(zip(sequence.SIGNALS, matrices, strict=True)):
        sums = sequence.scaled(_block(similarity, items, last) @ _without_each(len(last))[row])
        loss = np.zeros((len(items), count), dtype=np.float32)
        loss[:, 1 - sums.shape[1] :] = sums[:, :1] - sums[:, 1:]
        found[signal.name] = loss
    return found


@lru_cache
def _without_each(events: int) -> np.ndarray:
    """Weights of the last events in each sequence signal: (signals, events, k).

    With all events first, then without each of those that have a weight.
    """
    counted = min(events, sequence.RECENT_EVENTS)
    weights = np.zeros((len(sequence.SIGNALS), events, 1 + counted), dtype=np.float32)
    weights[:, -counted:, 0] = sequence.event_weights(counted)
    for column, missing in enumerate(range(events - counted, events), start=1):
        others = np.arange(events) != missing
        weights[:, others, column] = sequence.event_weights(events - 1)
    return weights


def _als_losses(signals: UserSignals, items: Int, count: int) -> dict[str, np.ndarray]:
    solved = signals.of("als")
    if not isinstance(solved, AlsValues):
        return {}
    return {"als": solved.vectors.matrix[items] @ solved.removals(count).T}


def _content_losses(
    fitted: FittedSignals, history: History, items: Int, count: int
) -> dict[str, np.ndarray]:
    """Loss of the cosine with the mean content of the last likes."""
    vectors, latest = fitted.metadata.content, preference.LIKES
    liked = np.flatnonzero(is_liked(history, fitted.like_threshold))
    if vectors is None or not len(liked):
        return {}
    pooled = history.item_index[liked[-latest - 1 :]]  # one more, which moves up
    loss = np.zeros((len(items), count), dtype=np.float32)
    places = liked[-latest:] - (len(history) - count)
    reached = places >= 0
    loss[:, places[reached]] = _mean_losses(vectors, items, pooled, latest)[:, reached]
    return {"content": loss}


def _mean_losses(vectors: ItemVectors, items: Int, pooled: Int, latest: int) -> np.ndarray:
    """(m, k) loss of the cosine with the mean of the last k = `latest` of `pooled`, or of all.

    Without one of them, the one before them enters the mean.
    """
    own = vectors.matrix[pooled]  # zeros where unknown
    next_one = own[0] if len(own) > latest else np.zeros(own.shape[1], dtype=own.dtype)
    own = own[-latest:]
    total = own.sum(axis=0)
    rest = total - own + next_one  # (k, dim)
    movies = vectors.matrix[items] / np.maximum(vectors.lengths[items], 1e-12)[:, None]
    length = np.maximum(np.linalg.norm(rest, axis=1), 1e-6)
    cosine = movies @ total / max(float(np.linalg.norm(total)), 1e-12)
    return np.asarray(cosine[:, None] - movies @ rest.T / length)


def _block(similarity: ItemSimilarity | None, items: Int, history: Int) -> np.ndarray:
    """(m, h) weights from each movie of the history to each of `items`; 0 without a row."""
    if similarity is None:
        return np.zeros((len(items), len(history)), dtype=np.float32)
    to, of = similarity.rows[items], similarity.rows[history]
    # one flat look-up: negative indices wrap around, and are set to zero below
    block = similarity.weights.take(of * len(similarity.items) + to[:, None], mode="wrap")
    block[to < 0] = 0.0
    block[:, of < 0] = 0.0
    return np.asarray(block)
