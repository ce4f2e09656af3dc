"""What the viewers of a variant did, as sums per viewer: viewers are what is randomised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.experiments.statistics.sample import Sample, ratio


@dataclass(frozen=True)
class Outcomes:
    """Sums over a period, `(viewers,)` each: a place per viewer who was exposed to the variant."""

    impressions: np.ndarray  # movies shown
    clicks: np.ndarray  # of them opened
    ratings: np.ndarray  # ratings given
    stars: np.ndarray  # sum of these ratings
    watchlist: np.ndarray  # movies put on the watchlist

    def __post_init__(self) -> None:
        shapes = {np.shape(column) for column in vars(self).values()}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise ValueError(f"Expected arrays with one place per viewer, got {shapes}.")

    def __len__(self) -> int:
        return len(self.impressions)


@dataclass(frozen=True)
class Metric:
    """One figure that variants are compared by: a sum of `Outcomes` over another."""

    name: str
    above: str
    below: str | None  # None: per viewer

    def __call__(self, outcomes: Outcomes) -> Sample | None:
        """The figure among these viewers; None if nothing was there to divide by."""
        above = getattr(outcomes, self.above).astype(np.float64)
        if self.below is None:
            return ratio(above, np.ones(len(above)))
        return ratio(above, getattr(outcomes, self.below).astype(np.float64))


METRICS = (
    Metric("click_through_rate", "clicks", "impressions"),
    Metric("rating_rate", "ratings", "impressions"),
    Metric("mean_rating", "stars", "ratings"),
    Metric("watchlist_adds", "watchlist", None),
)
