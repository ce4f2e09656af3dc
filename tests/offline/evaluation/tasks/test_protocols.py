from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from offline.evaluation.tasks.protocols import (
    KEYS,
    PROTOCOLS,
    ProtocolConfig,
    at_random,
    by_time,
    cold_users,
    folds_by_time,
    holdout,
    leave_last,
    protocol,
    sample_of_users,
)
from sparrow.errors import ConfigurationError

SPLIT = ProtocolConfig()


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    """40 users rate 10 to 30 of 60 movies, often many in one second; ids have gaps."""
    random = np.random.default_rng(11)
    rows = []
    for user in range(1, 41):
        movies = random.choice(60, random.integers(10, 31), replace=False) * 7 + 3
        at = 1_000_000 + user * 500 + random.integers(0, 12, len(movies)) * 1_000
        stars = random.integers(1, 11, len(movies)) / 2
        rows += [(user * 13, m, s, t) for m, s, t in zip(movies, stars, at, strict=True)]
    frame = pd.DataFrame(rows, columns=["user_id", "movie_id", "rating", "timestamp"])
    return frame.astype({"rating": "float32"})


def pairs(ratings: pd.DataFrame) -> set[tuple[int, int]]:
    return set(ratings[KEYS].itertuples(index=False, name=None))


@pytest.mark.parametrize("name", [*PROTOCOLS, "holdout"])
def test_nothing_relevant_was_seen_and_all_users_are_known(
    name: str, ratings: pd.DataFrame
) -> None:
    parts = protocol(name)(ratings, SPLIT)
    assert len(parts.train)
    assert len(parts.relevant)
    assert not pairs(parts.train) & pairs(parts.relevant)
    assert pairs(parts.train) | pairs(parts.relevant) <= pairs(ratings)
    assert set(parts.relevant["user_id"]) <= set(parts.train["user_id"])


@pytest.mark.parametrize("name", [*PROTOCOLS, "holdout"])
def test_the_order_of_the_file_decides_nothing(name: str, ratings: pd.DataFrame) -> None:
    split = protocol(name)
    shuffled = ratings.sample(frac=1, random_state=5)
    one, other = split(ratings, SPLIT), split(shuffled, SPLIT)
    assert pairs(one.train) == pairs(other.train)
    assert pairs(one.relevant) == pairs(other.relevant)


def test_a_quarter_of_every_movie_is_relevant_at_random(ratings: pd.DataFrame) -> None:
    parts = at_random(ratings, SPLIT)
    count = ratings.groupby("movie_id").size()
    held = parts.relevant.groupby("movie_id").size().reindex(count.index, fill_value=0)
    assert (held == count - np.round(0.75 * count)).all()
    assert parts.relevant["rating"].min() < SPLIT.like_threshold
    assert pairs(at_random(ratings, ProtocolConfig(seed=1)).train) != pairs(parts.train)


def test_time_cuts_between_seconds_and_asks_for_likes(ratings: pd.DataFrame) -> None:
    parts = by_time(ratings, SPLIT)
    assert parts.train["timestamp"].max() < parts.relevant["timestamp"].min()
    assert parts.relevant["rating"].min() >= SPLIT.like_threshold
    assert len(parts.train) == pytest.approx(0.8 * len(ratings), rel=0.05)


def test_the_last_of_a_second_is_any_of_it() -> None:
    page = pd.DataFrame({"user_id": np.repeat(np.arange(300), 4), "timestamp": 5, "rating": 4.0})
    page["movie_id"] = np.tile([1, 2, 3, 4], 300)
    last = leave_last(page, SPLIT).relevant
    assert len(last) == 300
    assert last["movie_id"].value_counts().between(45, 105).all()


def test_who_rated_once_trains() -> None:
    frame = pd.DataFrame({"user_id": [1, 1, 2], "movie_id": [5, 6, 5], "timestamp": [1, 2, 3]})
    parts = leave_last(frame.assign(rating=4.0), SPLIT)
    assert pairs(parts.relevant) == {(1, 6)}
    assert pairs(parts.train) == {(1, 5), (2, 5)}


def test_a_share_is_held_out_at_random(ratings: pd.DataFrame) -> None:
    parts = holdout(ratings, SPLIT)
    assert len(parts.train) == pytest.approx(0.8 * len(ratings), rel=0.1)
    assert parts.relevant["rating"].min() >= SPLIT.like_threshold


def test_folds_grow_and_test_on_what_comes_next(ratings: pd.DataFrame) -> None:
    folds = list(folds_by_time(ratings, SPLIT, 3))
    sizes = [len(fold.train) for fold in folds]
    assert sizes == pytest.approx([len(ratings) * i / 4 for i in (1, 2, 3)], rel=0.1)
    for earlier, later in itertools.pairwise(folds):
        assert pairs(earlier.train) < pairs(later.train)
        assert not pairs(earlier.relevant) & pairs(later.relevant)
        assert earlier.relevant["timestamp"].min() > earlier.train["timestamp"].max()


def test_later_ratings_change_no_earlier_task(ratings: pd.DataFrame) -> None:
    first = by_time(ratings, SPLIT)
    start = ratings["timestamp"].max() + 1
    later = ratings.assign(movie_id=ratings["movie_id"] + 100_000, timestamp=start)
    longer = pd.concat([ratings, later], ignore_index=True)
    again = by_time(longer, SPLIT, share=len(first.train) / len(longer))
    assert pairs(again.train) == pairs(first.train)
    still = again.relevant[again.relevant["timestamp"] < start]
    assert pairs(still) == pairs(first.relevant)


def test_cold_users_show_their_first_ratings_and_are_asked_for_likes(
    ratings: pd.DataFrame,
) -> None:
    cold = cold_users(ratings, SPLIT, share=0.2)
    asked: set[int] = set()
    for count, relevant in cold.relevant.items():
        users = set(relevant["user_id"])
        assert users
        assert not users & asked
        asked |= users
        known = cold.train[cold.train["user_id"].isin(users)]
        assert (known.groupby("user_id").size() == count).all()
        assert relevant["rating"].min() >= SPLIT.like_threshold
        last = known.groupby("user_id")["timestamp"].max()
        assert (relevant["timestamp"] >= relevant["user_id"].map(last)).all()
    others = ratings[~ratings["user_id"].isin(asked)]
    whole = pairs(cold.train) & pairs(others)
    assert len(whole) > 0.9 * len(others)


def test_a_sample_holds_whole_users(ratings: pd.DataFrame) -> None:
    assert sample_of_users(ratings, len(ratings), 1) is ratings
    some = sample_of_users(ratings, len(ratings) // 2, 1)
    assert 0.2 < len(some) / len(ratings) < 0.8
    whole = ratings[ratings["user_id"].isin(some["user_id"])]
    assert pairs(whole) == pairs(some)


def test_an_unknown_protocol_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"random, time, last.*'leaky'"):
        protocol("leaky")
