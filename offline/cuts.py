"""Where the past is cut to choose a flow: as evaluation would cut the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sparrow.events import Int
from sparrow.evidence import FEW, MOST_MOVIES
from sparrow.settings import Settings

MOST_VIEWERS = 1_000  # of a cut whose lists are judged, drawn at random
MOST_KNOWN = 5_000  # viewers whose histories the evidence is made of
WINDOWS = ((0.5, 0.65), (0.6, 0.75), (0.7, 0.85), (0.8, 1.0))
"""Shares of all ratings by time: where the known ones end, and where those asked for do."""

HELD_SHARE, HELD_TIMES = 0.1, 6
"""Share of the ratings that is left out at random, and how often.

Little is left out, for weights fit how much is known: of a quarter less, the crowd says more. It is
left out several times, for weights that one draw favours differ from those of the next.
"""

LAST_TIMES = 3  # of each viewer's last ratings that are asked for, one after another

NEWCOMERS = 0.25  # share of viewers who are taken for newcomers


@dataclass(frozen=True)
class Ratings:
    """Ratings in time order; users and movies are numbered."""

    user: Int
    movie: Int
    timestamp: Int
    stars: np.ndarray
    year: np.ndarray  # (movies,) of release, NaN where unknown
    user_ids: Int  # ascending, by number
    movie_ids: Int  # ascending, by number

    @property
    def users(self) -> int:
        """How many viewers there are."""
        return len(self.user_ids)

    @classmethod
    def of(cls, table: pa.Table, movies: pa.Table, seed: int) -> Ratings:
        """Ratings of the MOST_MOVIES most rated movies by at most MOST_KNOWN random viewers."""
        raw = {name: table[name].to_numpy() for name in table.column_names}
        random = np.random.default_rng(seed)
        ids, counts = np.unique(raw["movie_id"], return_counts=True)
        kept_movies = np.sort(ids[np.argsort(-counts, kind="stable")[:MOST_MOVIES]])
        user_ids = np.unique(raw["user_id"])
        kept_users = np.sort(random.permutation(user_ids)[:MOST_KNOWN])
        rows = np.isin(raw["movie_id"], kept_movies) & np.isin(raw["user_id"], kept_users)
        rows = random.permutation(np.flatnonzero(rows))
        rows = rows[np.argsort(raw["timestamp"][rows], kind="stable")]
        catalogue = movies["movie_id"].to_numpy()
        year = movies["year"].cast("float64").to_numpy()
        return cls(
            np.searchsorted(kept_users, raw["user_id"][rows]),
            np.searchsorted(kept_movies, raw["movie_id"][rows]),
            raw["timestamp"][rows],
            raw["rating"][rows],
            year[np.searchsorted(catalogue, kept_movies)],
            kept_users,
            kept_movies,
        )

    def matrix(self, rows: np.ndarray) -> np.ndarray:
        """1 where one of these ratings is: (users, movies) float32."""
        seen = np.zeros((self.users, len(self.year)), dtype=np.float32)
        seen[self.user[rows], self.movie[rows]] = 1.0
        return seen


@dataclass(frozen=True)
class Cut:
    """One way to look at the past; rows of `Ratings`, in time order."""

    known: Int
    relevant: Int
    users: Int  # who have both, at most MOST_VIEWERS


def cuts(ratings: Ratings, kinds: Iterable[str], settings: Settings) -> dict[str, list[Cut]]:
    """Cuts of each of `kinds`.

    `random`: HELD_SHARE of the ratings; `last`: each viewer's last one, and those before as if they
    were; `time`: the likes of later windows by viewers with a history, in several windows, for few
    viewers come back in each.
    """
    random = np.random.default_rng(settings.seed)
    makers = {"random": _at_random, "last": _last, "time": _by_time}
    made = {kind: makers[kind](ratings, settings, random) for kind in kinds}
    return {kind: [cut for cut in each if len(cut.users)] for kind, each in made.items()}


def _at_random(ratings: Ratings, _: Settings, random: np.random.Generator) -> list[Cut]:
    made = []
    for _ in range(HELD_TIMES):
        held = random.random(len(ratings.user)) < HELD_SHARE
        made.append(_cut(ratings, np.flatnonzero(~held), np.flatnonzero(held), random))
    return made


def _last(ratings: Ratings, _: Settings, random: np.random.Generator) -> list[Cut]:
    order = np.argsort(ratings.user, kind="stable")  # in time order within each
    ends = np.searchsorted(ratings.user[order], np.arange(ratings.users), side="right")
    later = np.empty(len(order), dtype=np.int64)  # ratings of the same viewer behind a rating
    later[order] = ends[ratings.user[order]] - 1 - np.arange(len(order))
    return [
        _cut(ratings, np.flatnonzero(later > asked), np.flatnonzero(later == asked), random)
        for asked in range(LAST_TIMES)
    ]


def _by_time(ratings: Ratings, settings: Settings, random: np.random.Generator) -> list[Cut]:
    made = []
    for start, end in WINDOWS:
        first, behind = (int(share * len(ratings.user)) for share in (start, end))
        asked = np.arange(first, behind)
        liked = asked[ratings.stars[asked] >= settings.like_threshold]
        made.append(_cut(ratings, np.arange(first), liked, random))
    return made


def absence(ratings: Ratings, cut: Cut) -> np.ndarray:
    """Seconds from a viewer's last known rating to just after the last of all: `cut.users`."""
    user, at = ratings.user[cut.known], ratings.timestamp[cut.known]
    last = np.zeros(ratings.users, dtype=np.int64)
    np.maximum.at(last, user, at)
    return np.asarray(at.max() + 1 - last[cut.users])


def newcomers(ratings: Ratings, settings: Settings) -> dict[int, Cut]:
    """Cuts for viewers who just came: of some only the first FEW ratings are known.

    What is asked for are the likes that they went on to. Everybody else is known whole.
    """
    random = np.random.default_rng(settings.seed)
    chosen = random.random(ratings.users) < NEWCOMERS
    order = np.argsort(ratings.user, kind="stable")  # in time order within each
    first = np.searchsorted(ratings.user[order], np.arange(ratings.users))
    place = np.empty(len(order), dtype=np.int64)  # of a rating among its viewer's
    place[order] = np.arange(len(order)) - first[ratings.user[order]]
    found = {}
    for few in FEW:
        known = ~chosen[ratings.user] | (place < few)
        asked = ~known & (ratings.stars >= settings.like_threshold)
        cut = _cut(ratings, np.flatnonzero(known), np.flatnonzero(asked), random)
        if len(cut.users):
            found[few] = cut
    return found


def _cut(ratings: Ratings, known: Int, relevant: Int, random: np.random.Generator) -> Cut:
    both = np.intersect1d(ratings.user[known], ratings.user[relevant])
    return Cut(known, relevant, np.sort(random.permutation(both)[:MOST_VIEWERS]))
