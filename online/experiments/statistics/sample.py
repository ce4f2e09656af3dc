"""A figure measured over users, with what is needed to say how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Sample:
    """A figure, and each user's part in its error."""

    value: float
    influence: np.ndarray  # (users,) mean 0: the error is that of the mean of these numbers

    def __len__(self) -> int:
        return len(self.influence)

    @cached_property
    def spread(self) -> float:
        """Standard deviation between users, 0 for less than two."""
        return float(self.influence.std(ddof=1)) if len(self) > 1 else 0.0

    @property
    def variance(self) -> float:
        """Squared standard error of the value."""
        return self.spread**2 / max(len(self), 1)


def ratio_metric(numerator: np.ndarray, denominator: np.ndarray) -> Sample | None:
    """A sum over a sum, both `(users,)`, by the delta method; None if there is nothing denominator.

    A user's impressions are not independent of each other, only users are: the ratio_metric is
    linearised around its value (Deng, Knoblich, Lu 2018, arXiv 1803.06336), and what is left is a
    mean of one number per user. With ones denominator it is that mean without any approximation.
    """
    total = denominator.sum()
    if not total > 0:
        return None
    value = float(numerator.sum() / total)
    return Sample(value, (numerator - value * denominator) / denominator.mean())
