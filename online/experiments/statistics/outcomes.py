"""What the users of a variant did, as sums per user: users are what is randomised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.experiments.statistics.sample import Sample, ratio_metric


@dataclass(frozen=True)
class Outcomes:
    """Sums over a period, `(users,)` each: a place per user who was exposed to the variant."""

    impressions: np.ndarray  # movies shown
    clicks: np.ndarray  # of them opened
    ratings: np.ndarray  # ratings given
    stars: np.ndarray  # sum of these ratings
    watchlist: np.ndarray  # movies put on the watchlist

    def __post_init__(self) -> None:
        shapes = {np.shape(column) for column in vars(self).values()}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise ValueError(f"Expected arrays with one place per user, got {shapes}.")

    def __len__(self) -> int:
        return len(self.impressions)


@dataclass(frozen=True)
class Metric:
    """One figure that variants are compared by: a sum of `Outcomes` over another."""

    name: str
    numerator: str
    denominator: str | None  # None: per user

    def __call__(self, outcomes: Outcomes) -> Sample | None:
        """The figure among these users; None if nothing was there to divide by."""
        numerator = getattr(outcomes, self.numerator).astype(np.float64)
        if self.denominator is None:
            return ratio_metric(numerator, np.ones(len(numerator)))
        return ratio_metric(numerator, getattr(outcomes, self.denominator).astype(np.float64))


METRICS = (
    Metric("click_through_rate", "clicks", "impressions"),
    Metric("rating_rate", "ratings", "impressions"),
    Metric("mean_rating", "stars", "ratings"),
    Metric("watchlist_adds", "watchlist", None),
)
