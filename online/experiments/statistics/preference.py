"""What an interleaving says: which of two rankings do users prefer?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Preference:
    """A sign test over users: each has one vote, however much they click."""

    for_a: int  # users who clicked more of A's movies
    for_b: int
    ties: int  # users who clicked as many of either; they do not vote
    share_b: float | None  # of the votes; None without votes
    low: float | None  # confidence interval of `share_b` (Wilson)
    high: float | None
    p_value: float  # two-sided, against half of the votes


def preference(credit_a: np.ndarray, credit_b: np.ndarray, level: float = 0.95) -> Preference:
    """`credit_*` are clicks credited to each ranking, `(users,)`, summed over all visits."""
    from scipy import stats  # here: servers start without it

    lead = credit_b - credit_a
    for_a, for_b = int((lead < 0).sum()), int((lead > 0).sum())
    ties = len(lead) - for_a - for_b
    if for_a + for_b == 0:
        return Preference(0, 0, ties, None, None, None, 1.0)
    test = stats.binomtest(for_b, for_a + for_b)
    interval = test.proportion_ci(level, method="wilson")
    return Preference(
        for_a=for_a,
        for_b=for_b,
        ties=ties,
        share_b=for_b / (for_a + for_b),
        low=float(interval.low),
        high=float(interval.high),
        p_value=float(test.pvalue),
    )
