"""Whether the ranker may order lists: compared with simpler orders on lists of held-out users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from offline.ranker.queries import SITUATIONS
from offline.ranker.training_lists import TrainingLists
from sparrow.events import Int
from sparrow.signals.registry import NAMES

K, COVERAGE_K = 10, 20
BASELINES = (
    "popularity",
    "popularity_30d",
    "popularity_7d",
    "ease",
    "ease_recent",
    "item_knn",
    "als",
)
"""Signals that alone make a list anybody would try first."""

LINEAR = "linear"
WORST = -0.03  # lower end of the interval of the relative difference that is still no loss
COVERAGE_LOSS = 0.1  # share of the linear control's coverage that may be lost
ROUNDS = 1_000
INTERVAL = (2.5, 97.5)  # percentiles


@dataclass(frozen=True)
class Verdict:
    """What the check found of one ranker."""

    passed: bool
    reasons: tuple[str, ...]  # why not, each with what was expected and what came
    ndcg: dict[str, dict[str, float]]  # by order (the ranker, LINEAR, baselines) and situation
    fallback: str  # what serves where the ranker does not: LINEAR or a baseline


def list_ndcg(scores: np.ndarray, relevance: np.ndarray, k: int = K) -> float:
    """NDCG of the first `k` of one list, every relevant candidate counting the same."""
    right = relevance > 0
    top = np.argsort(-scores, kind="stable")[:k]
    discount = 1 / np.log2(np.arange(k) + 2)
    ideal = discount[: min(k, int(right.sum()))].sum()
    return float((right[top] * discount[: len(top)]).sum() / ideal) if ideal else 0.0


def baseline_scores(lists: TrainingLists, numbers: Int, name: str) -> list[np.ndarray]:
    """One signal's values for all candidates of each list."""
    column = NAMES.index(name)
    rows = (slice(lists.start[number], lists.start[number + 1]) for number in numbers)
    return [lists.signals[own, column].astype(np.float32) for own in rows]


def check(
    lists: TrainingLists,
    numbers: Int,
    ranker: tuple[str, list[np.ndarray]],
    linear: list[np.ndarray],
    seed: int,
) -> Verdict:
    """Judges a ranker, by name and scores of each list of `numbers`, beside the linear control.

    It passes if, by a paired bootstrap over lists, it beats every other order in at least one
    situation, is nowhere worse than the best of them by more than the noise, and its lists cover
    nearly as much of the catalogue as the linear control's.
    """
    name, own = ranker
    orders = {name: own, LINEAR: linear}
    orders |= {other: baseline_scores(lists, numbers, other) for other in BASELINES}
    relevance = [lists.relevance[lists.start[n] : lists.start[n + 1]] for n in numbers]
    values = {
        order: np.array([list_ndcg(s, r) for s, r in zip(scores, relevance, strict=True)])
        for order, scores in orders.items()
    }
    situation = lists.situation[numbers]
    random = np.random.default_rng(seed)
    reasons, wins = [], []
    ndcg: dict[str, dict[str, float]] = {order: {} for order in orders}
    for place, label in enumerate(SITUATIONS):
        among = situation == place
        if not among.any():
            continue
        for order in orders:
            ndcg[order][label] = float(values[order][among].mean())
        rivals = {order: values[order][among] for order in orders if order != name}
        best = max(rivals, key=lambda order: rivals[order].mean())
        low, high = _relative(values[name][among], rivals[best], random)
        wins.append(low > 0)
        if low <= WORST:
            reasons.append(
                f"{label}: expected a relative difference to {best} above {WORST:.0%}, got "
                f"{low:+.1%} to {high:+.1%}"
            )
    if not any(wins):
        reasons.append("expected to beat every simpler order in at least one situation, beat none")
    reach, needed = (_coverage(lists, numbers, scores) for scores in (own, linear))
    if reach < needed * (1 - COVERAGE_LOSS):
        reasons.append(
            f"coverage of the first {COVERAGE_K}: expected at least {1 - COVERAGE_LOSS:.0%} of the "
            f"linear control's {needed} movies, got {reach}"
        )
    return Verdict(not reasons, tuple(reasons), ndcg, _fallback(ndcg, name))


def _fallback(ndcg: Mapping[str, Mapping[str, float]], ranker: str) -> str:
    means = {order: np.mean(list(each.values())) for order, each in ndcg.items() if order != ranker}
    return max(means, key=lambda order: means[order])


def _relative(
    own: np.ndarray, other: np.ndarray, random: np.random.Generator
) -> tuple[float, float]:
    """Interval of mean(own) / mean(other) - 1 over resampled lists."""
    drawn = random.integers(len(own), size=(ROUNDS, len(own)))
    ratio = own[drawn].mean(axis=1) / np.maximum(other[drawn].mean(axis=1), 1e-9) - 1
    low, high = np.percentile(ratio, INTERVAL)
    return float(low), float(high)


def _coverage(lists: TrainingLists, numbers: Int, scores: list[np.ndarray]) -> int:
    """How many movies are among the first `COVERAGE_K` of any list."""
    found = [
        lists.item_index[lists.start[number] + np.argsort(-own, kind="stable")[:COVERAGE_K]]
        for number, own in zip(numbers, scores, strict=True)
    ]
    return len(np.unique(np.concatenate(found)))
