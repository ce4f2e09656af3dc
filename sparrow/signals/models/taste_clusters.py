"""The tastes of a catalogue: genre_groups of movie that a newcomer shares points out among."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from sparrow.arrays import Int, unit_rows

TASTE_POINTS = 6
"""How many points a newcomer shares out among the tastes."""

POINTS_WEIGHT = 3.0
"""All points together weigh as much as so many ratings."""

_MAX_TASTES = 15
_REPRESENTATIVES = 12  # movies that stand for a taste
_MAX_POOL = 48  # most typical movies that the best known are chosen from, at most
_ITEMS_PER_POINT = 2  # of them stand for each point
_MIN_MOVIES = 3  # rated movies that a genre needs to be a taste, or this share of all rated movies:
_MIN_SHARE = 0.005
_SAME_KIND = 0.42  # two genres whose columns have this cosine or more are one kind of movie
_RELATED = 0.15  # genres with a lower cosine are never joined
_UNNAMED_MERGE_COST = 2.0  # how much dearer it is to join a genre that the name has no place for
_ERA_SHARE = 0.04  # of the rated movies must be old for the old ones to be a taste
_ERA_BLUR = 5.0  # years on each side of the boundary within which a movie is old in part
_VECTOR_WEIGHT = 0.8  # how much of an affinity depends on the vector, where there is one
_STEEPNESS = 2.0  # of the vectors' part, by standard deviation of the cosine
_REFINEMENTS = 3  # rounds of centroids from affinities and affinities from centroids
_SHARPNESS = 8.0  # how much more of a movie's own a taste is than one of less affinity
_TYPICAL = 0.85  # of a movie's best affinity: a taste with at least that is one of its own
_SIMULATED_TASTES = 4  # that a simulated newcomer shares the points out among, at most


@dataclass(frozen=True)
class TasteName:
    """What distinguishes a taste: one or two genres, or that its movies are old."""

    genres: tuple[str, ...]
    classic: bool = False  # old movies of any genre; then there are no genres

    @property
    def key(self) -> str:
        """The name as one word, unique in a catalogue and the same wherever the taste exists."""
        return "@classic" if self.classic else "|".join(self.genres)


@dataclass(frozen=True)
class TasteClusters:
    """Kinds of movie: how much each movie belongs to each, and which movies stand for each.

    item_index is a movie's place in ascending order of the ids. A catalogue with fewer than two
    genre_groups leaves nothing to choose; it has no tastes, and the arrays are empty.
    """

    affinity: np.ndarray  # (tastes, movies) float32 in [0, 1]
    representatives: np.ndarray  # (tastes, k) int64 item_index, best known first; -1 fills up
    names: tuple[TasteName, ...]  # unique, the largest taste first
    years: np.ndarray  # (tastes, 2) float32: tenth and ninetieth percentile; NaN where unknown
    rating_counts: Int  # (movies,)

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def fit(
        cls,
        genres: np.ndarray,
        genre_names: Sequence[str],
        rating_counts: Int,
        years: np.ndarray,
        vectors: np.ndarray | None = None,
    ) -> TasteClusters:
        """The tastes of a catalogue; the same data always have the same tastes.

        Genres are the tastes, except that genres which mark the same movies are joined, then those
        whose union loses least (Ward 1963, "Hierarchical grouping to optimize an objective
        function"), until there are few enough to choose among. Movies from before the break in the
        years are one taste more. A movie belongs to a taste by the share of it among the movie's
        genres, where rare genres count more, and by how near its vector is to the taste's centroid.

        `genres` (movies, g) multi-hot; `rating_counts` (movies,); `years` (movies,) of release, NaN
        where unknown; `vectors` (movies, dim) such that movies of the same users point in the same
        direction, zeros where unknown.
        """
        counts = np.asarray(rating_counts, dtype=np.int64)
        popularity = np.log1p(counts.astype(np.float64))
        marks = np.asarray(genres, dtype=bool)
        old = _old_movie_weights(np.asarray(years, dtype=np.float64), popularity)
        genre_groups = _merge_genres(marks, popularity, _MAX_TASTES - (old is not None))
        names = [
            TasteName(tuple(genre_names[genre] for genre in kind[:2])) for kind in genre_groups
        ]
        membership = _membership(marks, genre_groups, popularity, vectors)
        if old is not None:
            names.append(TasteName((), classic=True))
            membership = np.vstack([membership, old])
        affinity = _refined(membership, popularity, vectors)
        typical = _typical(affinity, len(genre_groups))
        kept = np.flatnonzero((typical & (popularity > 0)).any(axis=1))
        kept = kept[np.argsort(-(affinity @ popularity)[kept], kind="stable")]
        if len(kept) < 2:
            kept = kept[:0]
        return cls(
            affinity[kept].astype(np.float32),
            _representatives(affinity[kept], typical[kept], popularity),
            tuple(names[taste] for taste in kept),
            _year_ranges(typical[kept], years),
            counts,
        )

    def points_of(self, by_key: Mapping[str, int]) -> Int:
        """The points (tastes,) that are given by the key of each taste's name.

        Tastes that this catalogue does not have are left out, so that points given for another
        release's tastes count as far as the two have tastes in common.
        """
        return np.array([by_key.get(name.key, 0) for name in self.names], dtype=np.int64)

    def share(self, points: Int) -> np.ndarray:
        """Each taste's share of the points (tastes,), as float32 (tastes,); zeros if none."""
        total = max(int(points.sum()), 1)
        return (points / total).astype(np.float32)

    def items_for_points(self, points: Int) -> tuple[Int, np.ndarray]:
        """The movies that stand for points (tastes,), as if chosen: item_index and weight.

        Both (n,), the item_index ascending; the weights are float32, 1 being that of a rating, and
        add up to POINTS_WEIGHT, split by the points. Nothing for no points.
        """
        weight = np.zeros(len(self.rating_counts), dtype=np.float32)
        for taste in np.flatnonzero(points > 0):
            row = self.representatives[taste]
            chosen = row[row >= 0][: _ITEMS_PER_POINT * int(points[taste])]
            weight[chosen] += POINTS_WEIGHT * points[taste] / points.sum() / len(chosen)
        picked = np.flatnonzero(weight)
        return picked, weight[picked]

    def distinctive(self, stated: np.ndarray, movies: Int) -> np.ndarray:
        """How much of movies (item_index) is of the `stated` tastes (tastes,) bool: (n,), 0 … 1.

        Tastes of genres share a movie among them, the nearest one gets most; so for two of them
        that are stated by two people, the parts of any movie add up to 1 at most. That a movie is
        old takes nothing from its genres, and is wholly distinctive of old movies.
        """
        of_genres = np.array([not name.classic for name in self.names])
        affinity = self.affinity[:, movies].astype(np.float64)
        weight = affinity[of_genres] ** _SHARPNESS
        inside = weight[stated[of_genres]].sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-12)
        old = affinity[~of_genres & stated].max(axis=0, initial=0.0)
        found: np.ndarray = np.maximum(inside, old)
        return found

    def points_for(self, liked: Int) -> Int:
        """The points (tastes,) that somebody who likes these movies (item_index) would give.

        A taste gets points by its excess; at most _SIMULATED_TASTES tastes get any. They add up to
        TASTE_POINTS; all are zero where the likes belong to no taste.
        """
        points = np.zeros(len(self), dtype=np.int64)
        if not len(self) or not len(liked):
            return points
        excess = self.excess(liked)
        if not excess.any():
            excess = self.affinity[:, liked].mean(axis=1)
        excess[np.argsort(-excess, kind="stable")[_SIMULATED_TASTES:]] = 0.0
        if not excess.any():
            return points
        exact = TASTE_POINTS * excess / excess.sum()
        points += np.floor(exact).astype(np.int64)
        left = TASTE_POINTS - int(points.sum())
        points[np.argsort(points - exact, kind="stable")[:left]] += 1
        return points

    def excess(self, liked: Int) -> np.ndarray:
        """How much more of each taste there is among likes (item_index) than among all ratings.

        (tastes,), 0 and more, in units of what chance would explain. There is at least one like.
        """
        more = self.affinity[:, liked].mean(axis=1) - self._usual
        found: np.ndarray = np.maximum(more, 0.0) / np.sqrt(np.maximum(self._usual, 1e-6))
        return found

    @cached_property
    def _usual(self) -> np.ndarray:
        """Mean affinity over all ratings: (tastes,)."""
        total = max(int(self.rating_counts.sum()), 1)
        usual: np.ndarray = self.affinity @ (self.rating_counts / total)
        return usual

    def save(self, path: Path) -> None:
        """Writes all into one `.npz` file."""
        np.savez_compressed(
            path,
            affinity=self.affinity,
            representatives=self.representatives,
            names=np.array(json.dumps([asdict(name) for name in self.names])),
            years=self.years,
            rating_counts=self.rating_counts,
        )

    @classmethod
    def load(cls, path: Path) -> TasteClusters:
        """What `save` wrote."""
        with np.load(path) as file:
            names = json.loads(str(file["names"]))
            return cls(
                file["affinity"],
                file["representatives"],
                tuple(TasteName(tuple(name["genres"]), name["classic"]) for name in names),
                file["years"],
                file["rating_counts"],
            )


def _merge_genres(genres: np.ndarray, popularity: np.ndarray, most: int) -> list[list[int]]:
    """Groups of genres that mark one kind of movie each, at most `most`; closest genres first.

    Genres of too few movies are left out, and the smallest where nothing is related enough to join.
    """
    rated = genres[popularity > 0]
    enough = max(_MIN_MOVIES, _MIN_SHARE * len(rated))
    genre_groups = [[int(genre)] for genre in np.flatnonzero(rated.sum(axis=0) >= enough)]
    while len(genre_groups) > 1:
        size, cosine = _overlap(genres, genre_groups, popularity)
        unnamed = np.add.outer(_lengths(genre_groups), _lengths(genre_groups)) > 2
        same = np.where(unnamed, 0.0, cosine)
        if same.max() >= _SAME_KIND:
            pair = np.unravel_index(np.argmax(same), same.shape)
        elif len(genre_groups) <= most:
            break
        else:
            loss = np.outer(size, size) / np.add.outer(size, size) * (1.0 - cosine)
            loss = loss / np.maximum(cosine, _RELATED) * np.where(unnamed, _UNNAMED_MERGE_COST, 1.0)
            loss[cosine < _RELATED] = np.inf
            if np.isinf(loss).all():
                genre_groups.pop(int(np.argmin(size)))
                continue
            pair = np.unravel_index(np.argmin(loss), loss.shape)
        larger, smaller = sorted((int(place) for place in pair), key=lambda place: -size[place])
        joined = genre_groups[larger] + genre_groups[smaller]
        genre_groups = [
            kind for place, kind in enumerate(genre_groups) if place not in (larger, smaller)
        ]
        genre_groups.append(joined)
    return genre_groups


def _overlap(
    genres: np.ndarray, genre_groups: list[list[int]], popularity: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sizes of the groups (groups,) and the cosines between their columns (groups, groups).

    Each movie counts by its popularity; the diagonal of the cosines is zero.
    """
    columns = np.stack([genres[:, kind].any(axis=1) for kind in genre_groups], axis=1).astype(
        np.float64
    )
    shared = columns.T @ (columns * popularity[:, None])
    size = np.diag(shared).copy()
    cosine = shared / np.sqrt(np.outer(size, size))
    np.fill_diagonal(cosine, 0.0)
    return size, cosine


def _lengths(genre_groups: list[list[int]]) -> Int:
    return np.array([len(kind) for kind in genre_groups], dtype=np.int64)


def _membership(
    genres: np.ndarray,
    genre_groups: list[list[int]],
    popularity: np.ndarray,
    vectors: np.ndarray | None,
) -> np.ndarray:
    """How much of a movie's genres, as a unit vector, lies in each kind: (genre_groups, movies).

    Genres are weighed by rarity. A movie without genres is a bit of each kind, if it has a vector
    that may decide between them.
    """
    rated = genres[popularity > 0]
    rarity = np.log((len(rated) + 1) / (rated.sum(axis=0) + 1)) + 0.1
    weight = genres * rarity  # squares of the unit vector's entries, before division by the length
    total = weight.sum(axis=1)
    inside = np.zeros((len(genre_groups), len(genres)))
    for place, kind in enumerate(genre_groups):
        inside[place] = np.sqrt(weight[:, kind].sum(axis=1) / np.maximum(total, 1e-9))
    if vectors is not None:
        inside[:, (total == 0) & (vectors != 0).any(axis=1)] = 1.0 / np.sqrt(
            max(len(genre_groups), 1)
        )
    return inside


def _old_movie_weights(years: np.ndarray, popularity: np.ndarray) -> np.ndarray | None:
    """How far each movie (movies,) is from before the break in the years; None without a break.

    The break is where the years split into the two groups of the largest variance between them
    (Otsu 1979, "A threshold selection method from gray-level histograms"), at a full decade.
    """
    dated = np.sort(years[(popularity > 0) & ~np.isnan(years)])
    if len(dated) < 2 * _MIN_MOVIES:
        return None
    before = np.arange(1, len(dated))
    after = len(dated) - before
    sums = np.cumsum(dated)
    between = before * after * (sums[:-1] / before - (sums[-1] - sums[:-1]) / after) ** 2
    boundary = dated[1 + int(np.argmax(between))] // 10 * 10
    if (dated < boundary).sum() < max(_MIN_MOVIES, _ERA_SHARE * len(dated)):
        return None
    part = np.clip(0.5 + (boundary - years) / (2 * _ERA_BLUR), 0.0, 1.0)
    return np.where(np.isnan(years), 0.0, part)


def _refined(
    membership: np.ndarray, popularity: np.ndarray, vectors: np.ndarray | None
) -> np.ndarray:
    """Membership (tastes, movies), less where a movie's vector is far from the taste's centroid."""
    affinity = membership.copy()
    known = np.zeros(len(popularity), dtype=bool) if vectors is None else (vectors != 0).any(axis=1)
    if vectors is None or not (known & (popularity > 0)).any() or not len(membership):
        return affinity
    direction = unit_rows(vectors[known].astype(np.float64))
    direction = unit_rows(
        direction - np.average(direction, axis=0, weights=popularity[known] + 1e-9)
    )
    for _ in range(_REFINEMENTS):
        centroid = unit_rows((affinity[:, known] * popularity[known]) ** 2 @ direction)
        cosine = centroid @ direction.T  # (tastes, known)
        spread = np.maximum(cosine.std(axis=1, keepdims=True), 1e-9)
        standard = (cosine - cosine.mean(axis=1, keepdims=True)) / spread
        near = 1.0 / (1.0 + np.exp(-_STEEPNESS * standard))
        affinity[:, known] = membership[:, known] * (1.0 - _VECTOR_WEIGHT * (1.0 - near))
    return affinity


def _typical(affinity: np.ndarray, genre_groups: int) -> np.ndarray:
    """Which movies have each taste as (nearly) their best: (tastes, movies) bool.

    An old movie may be typical of its genre all the same: the first `genre_groups` tastes,
    which are of genres, are compared with each other alone.
    """
    best = np.tile(affinity[:genre_groups].max(axis=0, initial=0.0), (len(affinity), 1))
    best[genre_groups:] = affinity.max(axis=0, initial=0.0)
    typical: np.ndarray = (affinity > 0) & (affinity >= _TYPICAL * best)
    return typical


def _representatives(
    affinity: np.ndarray, typical: np.ndarray, popularity: np.ndarray
) -> np.ndarray:
    """The best known among the most typical movies of each taste: (tastes, k), -1 filling up."""
    chosen = np.full((len(affinity), _REPRESENTATIVES), -1, dtype=np.int64)
    for taste, own in enumerate(typical):
        movies = np.flatnonzero(own & (popularity > 0))
        score = affinity[taste, movies] * popularity[movies]
        pool = max(_REPRESENTATIVES, min(len(movies) // 3, _MAX_POOL))
        movies = movies[np.argsort(-score, kind="stable")[:pool]]
        movies = movies[np.argsort(-popularity[movies], kind="stable")[:_REPRESENTATIVES]]
        chosen[taste, : len(movies)] = movies
    return chosen


def _year_ranges(typical: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Tenth and ninetieth percentile of the years of each taste's movies: (tastes, 2) float32."""
    ranges = np.full((len(typical), 2), np.nan, dtype=np.float32)
    for taste, own in enumerate(typical):
        dated = years[own & ~np.isnan(years)]
        if len(dated):
            ranges[taste] = np.quantile(dated, (0.1, 0.9))
    return ranges
