"""Tests that may be looked at every day: a p-value that stays valid whenever one stops.

The mixture sequential probability ratio test of Johari, Koomen, Pekelis, Walsh ("Peeking at A/B
Tests", KDD 2017; arXiv 1512.04922). Under no difference the likelihood ratio of a normal mixture of
effects against none is a martingale, which exceeds 1/α at *any* look with a chance of at most α.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from online.experiments.statistics.sample import Sample

EFFECT = 0.1
"""Effects that the mixture is sensitive to, in standard deviations between users.

It may not depend on how much data there is, or looking would count again.
"""

MIN_USERS = 100
"""In each variant, before anything is said: the test takes means to be normal."""


@dataclass(frozen=True)
class SequentialTest:
    """What one look says; of several looks the smallest p-value counts."""

    p_value: float
    low: float  # confidence sequence: with the level's chance it holds the truth at every look
    high: float


def sequential_test(control: Sample, variant: Sample, level: float) -> SequentialTest | None:
    """The difference variant − control at one look; None while there are too few users.

    Each look is taken to add users, or visits that hardly depend on a user's earlier ones.
    """
    variance = control.variance + variant.variance
    if min(len(control), len(variant)) < MIN_USERS or variance == 0:
        return None
    mixing = EFFECT**2 * (control.spread**2 + variant.spread**2) / 2
    difference, whole = variant.value - control.value, variance + mixing
    evidence = mixing * difference**2 / (variance * whole) - math.log(whole / variance)
    reach = math.sqrt(
        variance * whole / mixing * (math.log(whole / variance) - 2 * math.log(1 - level))
    )
    return SequentialTest(math.exp(-max(evidence, 0.0) / 2), difference - reach, difference + reach)
