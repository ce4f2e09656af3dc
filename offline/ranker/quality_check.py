"""Whether the ranker may order lists: compared with simpler orders on lists of held-out users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from offline.ranker.lists.queries import SITUATIONS
from offline.ranker.lists.training_lists import TrainingLists
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
NON_INFERIORITY_MARGIN = -0.03
"""Lowest lower bound of the relative difference's interval that counts as no loss."""

COVERAGE_LOSS = 0.1  # share of the linear control's coverage that may be lost
ROUNDS = 1_000
INTERVAL = (2.5, 97.5)  # percentiles


@dataclass(frozen=True)
class QualityVerdict:
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


def list_scores(lists: TrainingLists, scores: np.ndarray) -> list[np.ndarray]:
    """Scores of all candidates (candidates,) list by list."""
    return np.split(scores, lists.start[1:-1])


def ndcg_by_list(lists: TrainingLists, scores: np.ndarray) -> np.ndarray:
    """NDCG of every list in the order of `scores` (candidates,): (lists,)."""
    own, relevance = list_scores(lists, scores), list_scores(lists, lists.relevance)
    return np.array([list_ndcg(s, r) for s, r in zip(own, relevance, strict=True)])


def by_situation(lists: TrainingLists, values: np.ndarray) -> dict[str, float]:
    """Means of values (lists,) over the lists of each situation that there is."""
    return {
        label: float(values[lists.situation == place].mean())
        for place, label in enumerate(SITUATIONS)
        if (lists.situation == place).any()
    }


def check_ranker(
    lists: TrainingLists, ranker: tuple[str, np.ndarray], linear: np.ndarray, seed: int
) -> QualityVerdict:
    """Judges a ranker, by name and out-of-fold scores (candidates,), beside the linear control's.

    It passes if, by a paired bootstrap over lists, it beats every other order in at least one
    situation, is nowhere worse than the best of them by more than the noise, and its lists cover
    nearly as much of the catalogue as the linear control's.
    """
    name, own = ranker
    columns = lists.signals.astype(np.float32)
    orders = {name: own, LINEAR: linear}
    orders |= {f"signal:{other}": columns[:, NAMES.index(other)] for other in BASELINES}
    values = {order: ndcg_by_list(lists, scores) for order, scores in orders.items()}
    random = np.random.default_rng(seed)
    reasons, wins = [], []
    for place, label in enumerate(SITUATIONS):
        among = lists.situation == place
        if not among.any():
            continue
        rivals = {order: each[among] for order, each in values.items() if order != name}
        best = max(rivals, key=lambda order: rivals[order].mean())
        low, high = _relative(values[name][among], rivals[best], random)
        wins.append(low > 0)
        if low <= NON_INFERIORITY_MARGIN:
            reasons.append(
                f"{label}: expected a relative difference to {best} above "
                f"{NON_INFERIORITY_MARGIN:.0%}, got {low:+.1%} to {high:+.1%}"
            )
    if not any(wins):
        reasons.append("expected to beat every simpler order in at least one situation, beat none")
    reach, needed = (_coverage(lists, scores) for scores in (own, linear))
    if reach < needed * (1 - COVERAGE_LOSS):
        reasons.append(
            f"coverage of the first {COVERAGE_K}: expected at least {1 - COVERAGE_LOSS:.0%} of the "
            f"linear control's {needed} movies, got {reach}"
        )
    ndcg = {order: by_situation(lists, each) for order, each in values.items()}
    return QualityVerdict(not reasons, tuple(reasons), ndcg, _fallback(ndcg, name))


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


def _coverage(lists: TrainingLists, scores: np.ndarray) -> int:
    """How many movies are among the first `COVERAGE_K` of any list."""
    items = list_scores(lists, lists.item_index)
    found = [
        movies[np.argsort(-own, kind="stable")[:COVERAGE_K]]
        for movies, own in zip(items, list_scores(lists, scores), strict=True)
    ]
    return len(np.unique(np.concatenate(found)))
