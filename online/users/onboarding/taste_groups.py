"""The taste groups that new users give points to, and the preferences that follow from the
points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from online.catalogue.catalogue import Catalogue
from online.types import TasteGroup
from online.users.stated_preferences import StatedPreferences
from sparrow.arrays import unit_rows
from sparrow.errors import InvalidRequestError
from sparrow.signals.models.taste_clusters import TASTE_POINTS, TasteClusters

_EMBEDDINGS = ("als", "item2vec")  # of co-rating, the preferred first
_ORIGIN_MOVIES = 4_000  # movies whose mean is the origin of `unit_vectors`


@dataclass(frozen=True)
class TasteGroups:
    """The taste groups of a release."""

    catalogue: Catalogue
    clusters: TasteClusters  # over the catalogue's movies

    @cached_property
    def unit_vectors(self) -> np.ndarray:
        """Direction of each movie from the mean of the most rated ones: (movies, dim) unit vectors
        or zeros.
        """
        vectors = _vectors(self.catalogue)
        if vectors is None:
            return np.zeros((len(self.catalogue), 1))
        known = vectors.any(axis=1)
        unit = unit_rows(vectors.astype(np.float64))
        unit -= unit[self.catalogue.charts["popular"][:_ORIGIN_MOVIES]].mean(axis=0)
        unit[~known] = 0.0
        return unit_rows(unit)

    @cached_property
    def information(self) -> np.ndarray:
        """Informativeness of a rating of each movie (movies,), for any user."""
        catalogue = self.catalogue
        return np.asarray(_entropy(catalogue.star_counts) * np.log1p(catalogue.stats.count))

    @cached_property
    def groups(self) -> tuple[TasteGroup, ...]:
        """For display: names, years, and the movies that represent each taste."""
        return tuple(self._group(taste) for taste in range(len(self.clusters)))

    def _group(self, taste: int) -> TasteGroup:
        clusters = self.clusters
        name, (first, last) = clusters.names[taste], clusters.years[taste]
        row = clusters.representatives[taste]
        return TasteGroup(
            id=name.key,
            genres=name.genres,
            classic=name.classic,
            years=None if np.isnan(first) else (int(first), int(last)),
            movies=self.catalogue.movies_at(self.catalogue.duplicates.deduplicate(row[row >= 0])),
        )

    def preferences(self, points: Mapping[str, int]) -> StatedPreferences:
        """Stated preferences from points by taste id.

        The movies that represent a taste become picks, and its genres count by their share of the
        points. Raises InvalidRequestError for unknown tastes, and unless 1 … TASTE_POINTS points
        are given.
        """
        given = {key: count for key, count in points.items() if count > 0}
        unknown = given.keys() - {name.key for name in self.clusters.names}
        if unknown:
            raise InvalidRequestError(
                "points", "The tastes have changed with a new release: load the page again."
            )
        total = sum(given.values())
        if not 1 <= total <= TASTE_POINTS:
            raise InvalidRequestError(
                "points", f"Expected 1 to {TASTE_POINTS} points in all, got {total}."
            )
        return StatedPreferences(self._genres(given, total), None, self._picks(given), given)

    def _genres(self, given: Mapping[str, int], total: int) -> dict[str, float]:
        """Weight of each genre that names one of the tastes, the largest first."""
        by_key = {name.key: name.genres for name in self.clusters.names}
        weights = {genre: count / total for key, count in given.items() for genre in by_key[key]}
        return dict(sorted(weights.items(), key=lambda pair: -pair[1]))

    def _picks(self, given: Mapping[str, int]) -> tuple[tuple[int, float], ...]:
        item_index, weight = self.clusters.items_for_points(self.clusters.points_of(given))
        order = np.lexsort((-self.catalogue.stats.count[item_index], -weight))
        ids = self.catalogue.ids[item_index[order]].tolist()
        return tuple(zip(ids, weight[order].tolist(), strict=True))


def _vectors(catalogue: Catalogue) -> np.ndarray | None:
    """Co-rating vectors (movies, dim), zeros where unknown; None without any."""
    known = catalogue.vectors
    return next((known[name].matrix for name in _EMBEDDINGS if name in known), None)


def _entropy(star_counts: np.ndarray) -> np.ndarray:
    """Entropy in nats of each movie's ratings: (movies,), zero for unrated ones."""
    share = star_counts / np.maximum(star_counts.sum(axis=1, keepdims=True), 1)
    entropy: np.ndarray = -(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1)
    return entropy
