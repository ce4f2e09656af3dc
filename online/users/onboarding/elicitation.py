"""Selects the movies that a new user is asked to rate: those with the most informative rating."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.users.onboarding.taste_groups import TasteGroups
from online.users.user_state import UserState
from sparrow.arrays import Int, top_k
from sparrow.signals.models.taste_clusters import POINTS_WEIGHT

_NEUTRAL_STARS, _STAR_SCALE = 3.0, 2.0  # a rating r counts (r - 3) / 2 for the tastes of its movie
_EXPLORE_EVERY = 4  # every fourth movie is from outside the tastes
_POOL = 200  # movies with the highest scores, inside and outside, to choose from
_REDUNDANCY = (
    0.5  # share of a rating that holds for a movie of the same direction; the rest is noise
)
_MAX_RATED = 50  # ratings that movies are compared with
_MIN_FIT = 1e-4  # of a movie that fits badly; better than offering nothing


@dataclass(frozen=True)
class ElicitationState:
    """Answers of a new user so far, by item_index."""

    points: Int  # (tastes,)
    rated: Int  # (n,)
    rating: np.ndarray  # (n,) stars
    excluded: Int  # never offered: rated, skipped, hidden …

    @classmethod
    def of(cls, state: UserState, tastes: TasteGroups, exclude: Int) -> ElicitationState:
        """From a user's state; `exclude` are further movies to leave out."""
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
    """item_index of up to `count` movies to offer for rating, the most informative first.

    A movie scores by the entropy of its ratings times the logarithm of their number (Rashid et al.
    2002, "Getting to Know You: Learning New User Preferences in Recommender Systems") times its
    affinity to the user's tastes, from the points and the ratings so far. Each _EXPLORE_EVERY-th
    movie is from outside these tastes. Similarity to a movie that is rated or selected already
    reduces the score: by one minus half the squared cosine.
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
    """Factor of movies (n, dim) after a rating of one in the direction `rated` (dim,): (n,)."""
    left: np.ndarray = 1.0 - _REDUNDANCY * (unit_vectors @ rated) ** 2
    return left


def _affinity(tastes: TasteGroups, answers: ElicitationState) -> np.ndarray:
    """Affinity of each movie to the user's tastes: (movies,), 0 … 1; 0.5 if the tastes are
    unknown.
    """
    clusters = tastes.clusters
    liked = (answers.rating - _NEUTRAL_STARS) / _STAR_SCALE
    weight = POINTS_WEIGHT * clusters.share(answers.points)
    weight = np.maximum(weight + clusters.affinity[:, answers.rated] @ liked, 0.0)
    inside = weight @ clusters.affinity
    most = inside.max(initial=0.0)
    return np.full(len(inside), 0.5) if most <= 0 else np.sqrt(inside / most)
