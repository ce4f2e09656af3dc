"""What a policy would have earned, from what another one showed with known chances.

The log says for each thing shown the chance with which it was chosen (propensity); the policy in
question is only asked for its own chance of the same choice. Nothing can be said of choices that
the logging policy never makes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import special


@dataclass(frozen=True)
class LoggedRewards:
    """Choices and what came of them, `(n,)` each."""

    reward: np.ndarray
    propensity: np.ndarray  # chance of the choice when it was made, above 0 up to 1
    target: np.ndarray  # chance that the policy in question would have made it
    clip: float = np.inf  # largest weight: less variance, and a bias towards the logging policy
    unit: np.ndarray | None = None  # (n,) whose choices go together, as a user's do; None: none

    def __post_init__(self) -> None:
        if not (np.all(self.propensity > 0) and np.all(self.propensity <= 1)):
            raise ValueError("Expected propensities above 0 up to 1.")

    @cached_property
    def weight(self) -> np.ndarray:
        """How much each choice counts: `(n,)`, at most `clip`."""
        weight: np.ndarray = np.minimum(self.target / self.propensity, self.clip)
        return weight


@dataclass(frozen=True)
class PolicyValue:
    """An estimate of the mean reward of a policy."""

    value: float
    standard_error: float
    units: int  # independent ones that the error is from
    effective_size: float  # as many choices of the policy itself would say as much (Kish)
    clipped: float  # share of choices whose weight was cut

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Where the truth is with the level's chance, by Student's quantiles."""
        reach = float(special.stdtrit(max(self.units - 1, 1), (1 + level) / 2))
        return self.value - reach * self.standard_error, self.value + reach * self.standard_error


def ips(log: LoggedRewards) -> PolicyValue:
    """Inverse propensity score (Horvitz, Thompson 1952): unbiased without clipping."""
    return _mean(log, log.weight * log.reward)


def snips(log: LoggedRewards) -> PolicyValue:
    """Self-normalised (Swaminathan, Joachims, NIPS 2015): follows a shift of all rewards.

    Biased by a share that vanishes with the size of the log. Raises ValueError when the log has no
    choice of the policy in question.
    """
    total = float(log.weight.sum())
    if total == 0:
        raise ValueError("Expected some choice that the policy would make as well, got none.")
    value = float(log.weight @ log.reward) / total
    return _value(log, value, log.weight * (log.reward - value) / total)


def doubly_robust(log: LoggedRewards, predicted: np.ndarray, expected: np.ndarray) -> PolicyValue:
    """A model of rewards, corrected where it was wrong (Dudík, Langford, Li 2011, arXiv 1103.4601).

    `predicted` is the model's reward of the logged choice, `expected` that of the policy in
    question in the same context, averaged over its choices, `(n,)` each. Unbiased if either the
    propensities or the model are right.
    """
    return _mean(log, expected + log.weight * (log.reward - predicted))


def replay(log: LoggedRewards, random: np.random.Generator) -> PolicyValue | None:
    """The mean reward of choices that are kept as often as the policy makes them; None: of none.

    A choice is kept with a chance in proportion to its weight (Dudík, Erhan, Langford, Li 2012,
    arXiv 1210.4862); in a log of even chances these are the ones that the policy makes as well (Li
    et al. 2011, arXiv 1003.5956). What is kept looks like a log of the policy itself.
    """
    kept = random.random(len(log.reward)) * log.weight.max(initial=0.0) < log.weight
    count = int(kept.sum())
    if count == 0:
        return None
    value = float(log.reward[kept].mean())
    made = _value(log, value, kept * (log.reward - value) / count)
    return replace(made, effective_size=float(count))


def _mean(log: LoggedRewards, values: np.ndarray) -> PolicyValue:
    value = float(values.mean())
    return _value(log, value, (values - value) / len(values))


def _value(log: LoggedRewards, value: float, influence: np.ndarray) -> PolicyValue:
    """`influence` (n,) is what each choice adds to the error; those of a unit err together."""
    whole = np.arange(len(influence)) if log.unit is None else log.unit
    units, place = np.unique(whole, return_inverse=True)
    sums = np.bincount(place, weights=influence)
    error = float(np.linalg.norm(sums)) * (len(units) / max(len(units) - 1, 1)) ** 0.5
    return PolicyValue(value, error, len(units), _effective_size(log), _clipped(log))


def _effective_size(log: LoggedRewards) -> float:
    squares = float(log.weight @ log.weight)
    return float(log.weight.sum()) ** 2 / squares if squares > 0 else 0.0


def _clipped(log: LoggedRewards) -> float:
    return float(np.mean(log.target > log.clip * log.propensity))
