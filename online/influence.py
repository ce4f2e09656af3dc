"""What each event of a user's history contributes to the scores of movies.

The contribution of an event is what a movie's score would lose without it. It is worked out from
the ranker's own components: each is a function of its signal's value, known at the values of the
list's candidates; and what the value would lose without the event is known for the signals that add
up events (EASE, item-kNN, what followed what, what was rated at once) and for those of vectors that
are means or least squares of them (content, ALS). Other signals name no single event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sparrow.events import Int
from sparrow.signals import co_rating, preference, sequence
from sparrow.signals.als import AlsValues
from sparrow.signals.fitted import FittedSignals
from sparrow.signals.history import History
from sparrow.signals.item_similarity import ItemSimilarity
from sparrow.signals.likes import is_liked
from sparrow.signals.registry import UserSignals
from sparrow.vectors import Vectors

LATEST = 128
"""Events of a long history that are looked at, the last ones."""

TOGETHER = frozenset(signal.name for signal in sequence.SIGNALS)
"""Signals of what was watched next, or at once."""

_SAMPLE = 32  # candidates of a list that its movies are compared with


@dataclass(frozen=True)
class Influence:
    """Contributions of events to the scores of n movies."""

    event: Int  # (events,) places in the history
    effect: np.ndarray  # (n, events), in units of the score; below 0 where it lowers the score
    together: np.ndarray  # (n, events) the part of it that comes from TOGETHER
    spread: float  # standard deviation of the scores of the list

    @classmethod
    def of(
        cls, signals: UserSignals, ranked: Int, shown: Int, components: Mapping[str, np.ndarray]
    ) -> Influence:
        """On n movies of the list `ranked` (m,), those at its places `shown` (n,).

        `components` (m,) each by signal are what the scores of the list consist of.
        """
        count = min(len(signals.history), LATEST)
        sample = np.linspace(0, len(ranked) - 1, min(_SAMPLE, len(ranked))).astype(np.int64)
        places = np.concatenate([sample, shown])
        items = ranked[places]
        lost = losses(signals, items, count)
        names = [name for name in lost if name in components]
        effect, together = np.zeros((2, len(shown), count), dtype=np.float32)
        for name in names:
            # what all candidates lose alike changes nothing within a list
            relative = lost[name][len(sample) :] - lost[name][: len(sample)].mean(axis=0)
            values = signals.at(name, items)
            found = _slope(values, components[name][places], relative)[:, None] * relative
            effect += found
            if name in TOGETHER:
                together += found
        spread = np.sum([part[sample] for part in components.values()], axis=0).std()
        event = np.arange(len(signals.history) - count, len(signals.history))
        return cls(event, effect, together, float(spread))


def _slope(values: np.ndarray, components: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """What a component loses per unit of its signal's value: (n,) float32.

    `values` and `components` (k + n,) are those of some candidates and then of the n movies, whose
    largest of the `losses` (n, events) decides how far the component is followed.
    """
    movies = len(losses)
    order = np.argsort(values)[: np.count_nonzero(~np.isnan(values))]  # NaN comes last
    if len(order) < 2:
        return np.zeros(movies, dtype=np.float32)
    own = values[-movies:]
    largest = losses[np.arange(movies), np.abs(losses).argmax(axis=1)]
    less = np.interp(own - largest, values[order], components[order])
    slope = (components[-movies:] - less) / np.where(largest != 0, largest, 1.0)
    return np.where(np.isnan(own), 0.0, slope).astype(np.float32)


def losses(signals: UserSignals, items: Int, count: int) -> dict[str, np.ndarray]:
    """What signals of the movies at `items` (m,) lose without each of the last `count` events.

    (m, count) by signal, 0 where the movie's value is unknown.
    """
    if not count:
        return {}
    fitted, history = signals.fitted, signals.history
    return {
        **_co_rating(fitted, history, items, count),
        **_sequence(fitted, history, items, count),
        **_als(signals, items, count),
        **_content(fitted, history, items, count),
    }


def _co_rating(
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
        # each event before the one that is missing is one step more recent
        before = np.cumsum(lately, axis=1) - lately
        found[next(names).name] = lately - closer * before
        found[next(names).name] = block * rated
    return found


def _sequence(
    fitted: FittedSignals, history: History, items: Int, count: int
) -> dict[str, np.ndarray]:
    last = history.item_index[-sequence.FEW - 1 :]  # one more, which moves up
    matrices = (fitted.successors, fitted.successors, fitted.same_session)
    found = {}
    for row, (signal, similarity) in enumerate(zip(sequence.SIGNALS, matrices, strict=True)):
        sums = sequence.scaled(_block(similarity, items, last) @ _with_and_without(len(last))[row])
        loss = np.zeros((len(items), count), dtype=np.float32)
        loss[:, 1 - sums.shape[1] :] = sums[:, :1] - sums[:, 1:]
        found[signal.name] = loss
    return found


@lru_cache
def _with_and_without(events: int) -> np.ndarray:
    """What each of the last events counts for each signal of the sequence: (signals, events, k).

    With all events, then without each of those that count.
    """
    counted = min(events, sequence.FEW)
    weights = np.zeros((len(sequence.SIGNALS), events, 1 + counted), dtype=np.float32)
    weights[:, -counted:, 0] = sequence.event_weights(counted)
    for column, missing in enumerate(range(events - counted, events), start=1):
        others = np.arange(events) != missing
        weights[:, others, column] = sequence.event_weights(events - 1)
    return weights


def _als(signals: UserSignals, items: Int, count: int) -> dict[str, np.ndarray]:
    solved = signals.of("als")
    if not isinstance(solved, AlsValues):
        return {}
    return {"als": solved.vectors.matrix[items] @ solved.removals(count).T}


def _content(
    fitted: FittedSignals, history: History, items: Int, count: int
) -> dict[str, np.ndarray]:
    """Of the cosine with the mean content of the last likes."""
    vectors, latest = fitted.facts.content, preference.LIKES
    liked = np.flatnonzero(is_liked(history, fitted.like_threshold))
    if vectors is None or not len(liked):
        return {}
    pooled = history.item_index[liked[-latest - 1 :]]  # one more, which moves up
    loss = np.zeros((len(items), count), dtype=np.float32)
    places = liked[-latest:] - (len(history) - count)
    reached = places >= 0
    loss[:, places[reached]] = _mean_losses(vectors, items, pooled, latest)[:, reached]
    return {"content": loss}


def _mean_losses(vectors: Vectors, items: Int, pooled: Int, latest: int) -> np.ndarray:
    """(m, k) what the cosine with the mean of the last k = `latest` of `pooled`, or all, loses.

    Without one of them, the one before them counts.
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
    # one flat look-up: negative places wrap around, and are set to zero below
    block = similarity.weights.take(of * len(similarity.items) + to[:, None], mode="wrap")
    block[to < 0] = 0.0
    block[:, of < 0] = 0.0
    return np.asarray(block)
