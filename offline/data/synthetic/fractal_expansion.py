"""How a data set grows: how many copies of its users and movies, and how full each block is.

After Belletti et al., "Scalable Realistic Recommendation Datasets through Fractal Expansions"
(2019, arXiv 1901.08910): the grown rating matrix is a Kronecker-like product of the base and a
small matrix that resembles it. Entry (i, j) of the small matrix is the share of the base's ratings
that the i-th copy of its users gives to the j-th copy of its movies, so that the long tails of
activity and popularity return at the larger scale. Unlike in the paper, rows and columns of a block
are not shuffled: a movie's copies keep its genres, and a user's copies keep their taste and the
order of their ratings. Copies of one user therefore resemble each other more than people do: made
for measuring how things scale, not for comparing models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

# From ml-100k to ml-20m, 200 times the ratings: 147 times the users, 16 times the movies.
_MOVIE_EXPONENT = 0.4
_MEAN_SHARE = 0.5  # of the base's ratings in a block


@dataclass(frozen=True)
class FractalExpansion:
    """The small matrix: `share[i, j]`, 0 to 1, for copy i of the users and copy j of the movies."""

    share: np.ndarray

    @property
    def users(self) -> int:
        """Copies of every user."""
        return int(self.share.shape[0])

    @property
    def movies(self) -> int:
        """Copies of every movie."""
        return int(self.share.shape[1])


def plan_expansion(factor: float, activity: np.ndarray, popularity: np.ndarray) -> FractalExpansion:
    """The expansion that makes `factor` times the base's ratings.

    activity, popularity: ratings of each user and of each movie in the base.
    """
    if factor <= 1:
        return FractalExpansion(np.array([[factor]]))
    movies = max(1, round(factor**_MOVIE_EXPONENT))
    users = int(np.ceil(factor / movies / _MEAN_SHARE))
    weight = np.outer(_quantiles(activity, users), _quantiles(popularity, movies))
    scale = brentq(lambda s: _shares(s, weight).sum() - factor, 0, 1 / weight.min(), xtol=1e-15)
    return FractalExpansion(_shares(scale, weight))


def _shares(scale: float, weight: np.ndarray) -> np.ndarray:
    return np.minimum(1.0, scale * weight)


def _quantiles(counts: np.ndarray, parts: int) -> np.ndarray:
    """A long tail in `parts` steps from the largest down, at least 1: no block is empty."""
    middles = (np.arange(parts)[::-1] + 0.5) / parts
    tail: np.ndarray = np.maximum(1.0, np.quantile(counts, middles))
    return tail
