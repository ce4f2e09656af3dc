"""Tastes to choose among: groups of well-known movies that the same viewers like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from online.catalogue import Catalogue
from online.stated_preferences import StatedPreferences
from online.types import TasteGroup
from sparrow.errors import InvalidRequestError
from sparrow.events import Int
from sparrow.vectors import Vectors

GROUPS = 6
POINTS = 6
"""What somebody shares out among the groups; the movies of a point weigh as much as one rating."""

_KNOWN = 300  # most rated movies that are grouped
_GENRES = 1.2  # how much genres weigh beside who rated what
_FACES = 12  # movies that stand for a group, best known first
_PICKS = 2  # of them stand for each point
_TELLING = 5  # movies of a group that are asked about
_EMBEDDINGS = ("als", "item2vec")  # that say who rated what, the preferred first


@dataclass(frozen=True)
class Tastes:
    """The tastes of a catalogue, found out when they are first asked for."""

    catalogue: Catalogue

    @cached_property
    def groups(self) -> tuple[TasteGroup, ...]:
        """As `taste_groups` finds them."""
        return taste_groups(self.catalogue)


def taste_groups(catalogue: Catalogue) -> tuple[TasteGroup, ...]:
    """The best known movies by taste: clusters of their vectors of ratings and of genres.

    Those are joined whose union spreads least (Ward 1963, "Hierarchical grouping to optimize an
    objective function"), so the same release has the same groups. Up to GROUPS, the largest first;
    fewer where there are fewer kinds of movies, none where hardly anything is rated.
    """
    from scipy.cluster.hierarchy import fcluster, ward  # here: servers start without it

    popular = catalogue.charts["popular"]
    known = popular[catalogue.stats.count[popular] > 0]
    known = catalogue.duplicates.once_each(known)[:_KNOWN]
    if len(known) < 2:
        return ()
    points = _points(catalogue, known)
    labels = fcluster(ward(points), GROUPS, criterion="maxclust")
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    members.sort(key=lambda group: (-len(group), group[0]))
    groups: list[TasteGroup] = []
    for group in members:
        name = _name(catalogue, known, known[group], {each.genres for each in groups})
        away = np.linalg.norm(points[group] - points[group].mean(axis=0), axis=1)
        typical = group[np.argsort(away, kind="stable")][: max(len(group) // 2, _FACES)]
        groups.append(_group(catalogue, name, known[np.sort(typical)], known[group]))
    return tuple(groups)


def told_by(groups: Sequence[TasteGroup], points: Mapping[int, int]) -> StatedPreferences:
    """What points for groups, by their ids, tell of a taste.

    Each point stands for a few movies of the group, which are picks and no ratings, and for a share
    of the genres that name it. Raises InvalidRequestError for other groups, and unless between one
    and POINTS points are given.
    """
    by_id = {group.id: group for group in groups}
    given = {number: count for number, count in points.items() if count > 0}
    unknown = [number for number in given if number not in by_id]
    if unknown:
        raise InvalidRequestError(
            "points", "The tastes have changed with a new release: load the page again."
        )
    total = sum(given.values())
    if not 1 <= total <= POINTS:
        raise InvalidRequestError("points", f"Expected 1 to {POINTS} points in all, got {total}.")
    genres: dict[str, float] = {}
    picks: list[tuple[int, float]] = []
    for number, count in sorted(given.items(), key=lambda each: -each[1]):
        faces = by_id[number].movies[: _PICKS * count]
        picks += [(movie.movie_id, count / len(faces)) for movie in faces]
        for genre in by_id[number].genres:
            genres[genre] = min(1.0, genres.get(genre, 0.0) + count / total)
    return StatedPreferences(genres, picks=tuple(picks))


def _points(catalogue: Catalogue, movies: Int) -> np.ndarray:
    """Where movies are: who rated them, as a direction, beside their genres; (movies, dim)."""
    genres = _GENRES * catalogue.genre_units[movies]
    vectors = _vectors(catalogue)
    if vectors is None:
        return genres
    lengths = np.maximum(vectors.lengths[movies], 1e-9)[:, None]
    directions = vectors.matrix[movies] / lengths
    return np.hstack([directions - directions.mean(axis=0), genres])


def _vectors(catalogue: Catalogue) -> Vectors | None:
    return next((v for name in _EMBEDDINGS if (v := catalogue.vectors.get(name))), None)


def _name(
    catalogue: Catalogue, known: Int, group: Int, taken: set[tuple[str, ...]]
) -> tuple[str, ...]:
    """The two genres most over-represented in a group, another second where the name is taken."""
    above = catalogue.genres[group].mean(axis=0) - catalogue.genres[known].mean(axis=0)
    order = [genre for genre in np.argsort(-above, kind="stable") if above[genre] > 0]
    names = [catalogue.genre_names[genre] for genre in order]
    pairs = [(names[0], second) for second in names[1:]] or [tuple(names)] if names else [()]
    return next((pair for pair in pairs if pair not in taken), pairs[0])


def _group(catalogue: Catalogue, name: tuple[str, ...], typical: Int, all_of_it: Int) -> TasteGroup:
    """A group by its typical movies; both come in the order of how well known they are."""
    faces = catalogue.pick(typical[:_FACES])
    dated = [movie.year for movie in catalogue.pick(all_of_it) if movie.year is not None]
    first, last = np.quantile(dated, (0.1, 0.9)) if dated else (0, 0)
    asked = typical[np.argsort(-_dissent(catalogue, typical), kind="stable")][:_TELLING]
    years = (int(first), int(last)) if dated else None
    return TasteGroup(faces[0].movie_id, name, years, faces, catalogue.pick(asked))


def _dissent(catalogue: Catalogue, movies: Int) -> np.ndarray:
    """Deviation of the stars that a movie got, shrunk by how few gave them: (movies,)."""
    counts = catalogue.star_counts[movies].astype(np.float64)
    stars = np.arange(1, counts.shape[1] + 1) / 2
    total = np.maximum(counts.sum(axis=1), 1.0)
    mean = counts @ stars / total
    spread = (counts * (stars - mean[:, None]) ** 2).sum(axis=1)
    deviation: np.ndarray = np.sqrt(spread / (total + 10.0))
    return deviation
