"""What a bandit would have earned, by replaying a log of random choices.

Li, Chu, Langford, Wang, "Unbiased Offline Evaluation of Contextual-bandit-based News Article
Recommendation Algorithms", WSDM 2011 (arXiv 1003.5956). Where the bandit makes the logged choice,
it earns and learns the logged reward; everything else is skipped, as if it had never happened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from online.bandits.bandit import Context, Learner, choose
from sparrow.arrays import Int


@dataclass(frozen=True)
class Logged:
    """One choice, made with the same chance for each of `arms`."""

    context: Context
    arms: Int  # (n,) what could be shown
    shown: int  # one of them
    reward: float


@dataclass(frozen=True)
class Replayed:
    """What a replay says of a bandit."""

    value: float | None  # mean reward; None when nothing matched
    standard_error: float | None
    matched: int  # choices that counted: about one in as many as there are arms


def replay(bandit: Learner, log: Iterable[Logged], random: np.random.Generator) -> Replayed:
    """Run a bandit, which learns by it, through a log in time order."""
    rewards = []
    for entry in log:
        if choose(bandit, entry.context, entry.arms, random) == entry.shown:
            bandit.learn(entry.context, entry.shown, entry.reward)
            rewards.append(entry.reward)
    count = len(rewards)
    if count < 2:
        return Replayed(float(np.mean(rewards)) if rewards else None, None, count)
    return Replayed(float(np.mean(rewards)), float(np.std(rewards, ddof=1)) / count**0.5, count)
