"""Which movies a newcomer is offered for rating: those whose rating says most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.users.onboarding.taste_groups import TasteGroups
from online.users.user_state import UserState
from sparrow.arrays import Int, top_k
from sparrow.signals.models.taste_clusters import POINTS_WEIGHT

_NEUTRAL_STARS, _STAR_SCALE = 3.0, 2.0  # a rating counts for the tastes of its movie by (r - 3) / 2
_EXPLORE_EVERY = 4  # each so many-th movie is from outside the tastes
_POOL = 200  # movies of the highest scores, inside and outside, that are chosen among
_REDUNDANCY = (
    0.5  # of what a rating says holds for a movie in the same direction; the rest is noise
)
_MAX_RATED = 50  # ratings that movies are compared with
_MIN_FIT = 1e-4  # of a movie that fits badly: it still comes before having nothing to offer


@dataclass(frozen=True)
class ElicitationState:
    """What a newcomer said so far, by item_index."""

    points: Int  # (tastes,)
    rated: Int  # (n,)
    rating: np.ndarray  # (n,) stars
    excluded: Int  # never to offer: rated, skipped, hidden …

    @classmethod
    def of(cls, state: UserState, tastes: TasteGroups, exclude: Int) -> ElicitationState:
        """What is known of a user; `exclude` are ids of further movies to leave out."""
        item_index = tastes.catalogue.item_index
        history = state.history[tastes.catalogue.has(state.history["movie_id"])]
        elicited = np.array(state.stated.elicited, dtype=np.int64)
        done = (history["movie_id"], state.watched, state.hidden, elicited, exclude)
        return cls(
            tastes.clusters.points_of(state.stated.tastes),
            item_index(history["movie_id"]),
            history["rating"].astype(np.float64),
            np.unique(item_index(np.concatenate(done))),
        )


def select_movies_to_rate(tastes: TasteGroups, answers: ElicitationState, count: int) -> Int:
    """item_index of up to `count` movies to offer for rating, the most select_movies_to_rate first.

    A movie scores by the entropy of its stars times the logarithm of how many rated it (Rashid et
    al. 2002, "Getting to Know You: Learning New User Preferences in Recommender Systems") times its
    affinity to the user's tastes, by the points and the ratings so far. Each _EXPLORE_EVERY-th is
    from outside of these tastes, in case they are not all. The less a movie differs from those that
    are rated or chosen already, the less it adds: it counts by one minus half the squared cosine.
    """
    worth = tastes.information.copy()
    worth[answers.excluded] = 0.0
    inside = _affinity(tastes, answers)
    pool = np.union1d(top_k(worth * inside, _POOL), top_k(worth * (1.0 - inside), _POOL))
    worth, inside = worth[pool], inside[pool]
    unit_vectors = tastes.unit_vectors[pool]
    added = np.ones(len(pool))
    for movie in answers.rated[-_MAX_RATED:]:
        added *= _novelty(unit_vectors, tastes.unit_vectors[movie])
    chosen: list[int] = []
    while len(chosen) < count and (worth > 0).any():
        explore = (len(answers.excluded) + len(chosen)) % _EXPLORE_EVERY == _EXPLORE_EVERY - 1
        fit = np.maximum((1.0 - inside if explore else inside) * added, _MIN_FIT)
        place = int(np.argmax(worth * fit))
        chosen.append(int(pool[place]))
        worth[place] = 0.0
        added *= _novelty(unit_vectors, unit_vectors[place])
    return np.array(chosen, dtype=np.int64)


def _novelty(unit_vectors: np.ndarray, rated: np.ndarray) -> np.ndarray:
    """What movies (n, dim) still tell once one in the direction `rated` (dim,) is rated: (n,)."""
    left: np.ndarray = 1.0 - _REDUNDANCY * (unit_vectors @ rated) ** 2
    return left


def _affinity(tastes: TasteGroups, answers: ElicitationState) -> np.ndarray:
    """How much each movie belongs to the user's tastes: (movies,) in [0, 1].

    One half each where nothing is known of the tastes.
    """
    clusters = tastes.clusters
    liked = (answers.rating - _NEUTRAL_STARS) / _STAR_SCALE
    weight = POINTS_WEIGHT * clusters.share(answers.points)
    weight = np.maximum(weight + clusters.affinity[:, answers.rated] @ liked, 0.0)
    inside = weight @ clusters.affinity
    most = inside.max(initial=0.0)
    return np.full(len(inside), 0.5) if most <= 0 else np.sqrt(inside / most)
