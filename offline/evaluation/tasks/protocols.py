"""Train/test splits for the evaluation of recommendation lists.

Ratings have the columns of `sparrow.dataset.tables.RATINGS`. Ties in time and random
choices follow a hash of the ids and the seed: a split does not depend on the order of rows, and
adding or removing a rating moves no other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sparrow.errors import ConfigurationError

KEYS = ["user_id", "movie_id"]
KNOWN_COUNTS = (1, 3, 5, 10)  # ratings of a cold user


@dataclass(frozen=True)
class TrainTest:
    """A training part and the ratings that good lists made from it would hold."""

    train: pd.DataFrame  # columns of the ratings
    relevant: pd.DataFrame  # columns of the ratings; users that `train` knows, movies they had not


@dataclass(frozen=True)
class ProtocolConfig:
    """What a protocol may choose."""

    like_threshold: float = 3.5  # stars from which a rating under split by time is relevant
    seed: int = 42


Protocol = Callable[[pd.DataFrame, ProtocolConfig], TrainTest]


def at_random(ratings: pd.DataFrame, split: ProtocolConfig, share: float = 0.75) -> TrainTest:
    """`share` of every movie's ratings train, each of the others is relevant, whatever its stars.

    As `python_stratified_split(filter_by="item", ratio=0.75, seed=42)` of the project
    `recommenders`, which rounds the training count of each movie in the same way.
    """
    place, count = _place(ratings, "movie_id", split.seed)
    known = place < np.round(share * count)
    return _parts(ratings[known], ratings[~known])


def holdout(ratings: pd.DataFrame, split: ProtocolConfig, share: float = 0.8) -> TrainTest:
    """`share` of all ratings, drawn at random, train; likes among the others are relevant."""
    drawn = _hashed(ratings, split.seed) / 2.0**64
    known = (drawn < share).to_numpy()
    return _parts(ratings[known], _likes(ratings[~known], split))


def by_time(ratings: pd.DataFrame, split: ProtocolConfig, share: float = 0.8) -> TrainTest:
    """The first `share` of all ratings train; relevant are later likes of users who rated before.

    A second is not divided: what was rated in the second of the cut is later.
    """
    cut = np.sort(ratings["timestamp"].to_numpy())[int(share * len(ratings))]
    return _cut(ratings, cut, split)


def leave_last(ratings: pd.DataFrame, split: ProtocolConfig) -> TrainTest:
    """Each user's last rating is relevant, the others train; of one second, any is the last.

    A user's only rating is a training rating: there is no history to predict it from.
    """
    ordered = sort_by_time(ratings, split.seed)
    users = ordered.groupby("user_id")
    from_behind = users.cumcount(ascending=False)
    last = ((from_behind == 0) & (users["movie_id"].transform("size") > 1)).to_numpy()
    return _parts(ordered[~last], ordered[last])


PROTOCOLS: dict[str, Protocol] = {"random": at_random, "time": by_time, "last": leave_last}


def protocol(name: str) -> Protocol:
    """The protocol of this name.

    Raises ConfigurationError when there is none.
    """
    known = PROTOCOLS | {"holdout": holdout}
    if name not in known:
        raise ConfigurationError(
            f"Expected one of {', '.join(known)} as protocol, got {name!r}: choose one of them."
        )
    return known[name]


def folds_by_time(ratings: pd.DataFrame, split: ProtocolConfig, folds: int) -> Iterator[TrainTest]:
    """`folds` splits by time whose training part grows: each tests on the span that comes next.

    The ratings in time order make `folds` + 1 blocks of one size; fold i trains on the first i
    blocks and finds its relevant ones in block i + 1.
    """
    moments = np.sort(ratings["timestamp"].to_numpy())
    cuts = [moments[len(moments) * block // (folds + 1)] for block in range(1, folds + 1)]
    for cut, end in itertools.pairwise([*cuts, moments[-1] + 1]):
        yield _cut(ratings[ratings["timestamp"] < end], cut, split)


@dataclass(frozen=True)
class ColdStartSplit:
    """Some users cut to their first ratings, and the likes that followed."""

    train: pd.DataFrame  # with everything that the other users rated
    relevant: dict[int, pd.DataFrame]  # by how many ratings of those users are known


def cold_users(ratings: pd.DataFrame, split: ProtocolConfig, share: float = 0.1) -> ColdStartSplit:
    """For each count in KNOWN_COUNTS, a `share` of users of whom only that many ratings are known.

    A user is in one group at most, so that one training part serves all. Users who rated no more
    than that are left out.
    """
    ordered = sort_by_time(ratings, split.seed)
    drawn = (_hashed(ordered.assign(movie_id=0), split.seed) / 2.0**64).to_numpy()
    group = np.minimum(drawn / share, len(KNOWN_COUNTS)).astype(int)
    known = np.array([*KNOWN_COUNTS, len(ratings)])[group]
    place = ordered.groupby("user_id").cumcount().to_numpy()
    relevant = {
        count: _likes(ordered[(group == number) & (place >= known)], split)
        for number, count in enumerate(KNOWN_COUNTS)
    }
    return ColdStartSplit(ordered[place < known], relevant)


def sort_by_time(ratings: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Ratings by time; ties of one second in an order hashed from the ids and the seed."""
    order = np.lexsort([_hashed(ratings, seed), ratings["timestamp"]])
    return ratings.iloc[order]


def sample_of_users(ratings: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    """All ratings of so many users, drawn at random, that there are not many more than `most`."""
    if len(ratings) <= most:
        return ratings
    users = pd.DataFrame({"user_id": ratings["user_id"].unique(), "movie_id": 0})
    chosen = users["user_id"][_hashed(users, seed) / 2.0**64 < most / len(ratings)]
    return ratings[ratings["user_id"].isin(chosen)]


def _parts(train: pd.DataFrame, rest: pd.DataFrame) -> TrainTest:
    return TrainTest(train, rest[rest["user_id"].isin(train["user_id"].unique())])


def _cut(ratings: pd.DataFrame, second: int, split: ProtocolConfig) -> TrainTest:
    before = (ratings["timestamp"] < second).to_numpy()
    return _parts(ratings[before], _likes(ratings[~before], split))


def _likes(ratings: pd.DataFrame, split: ProtocolConfig) -> pd.DataFrame:
    return ratings[ratings["rating"] >= split.like_threshold]


def _place(ratings: pd.DataFrame, key: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Each row's place among those of its `key` in random order, from 0, and how many they are."""
    groups = _hashed(ratings, seed).groupby(ratings[key])
    return groups.rank().to_numpy() - 1, groups.transform("size").to_numpy()


def _hashed(ratings: pd.DataFrame, seed: int) -> pd.Series:
    return pd.util.hash_pandas_object(ratings[KEYS].assign(seed=seed), index=False)
