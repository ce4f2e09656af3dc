"""Queries of the past: what is known at a cut includes neither targets nor anything later."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from rating_log_world import CONFIG, MOVIES, SPAN, START, catalogue, drawn_log, drawn_ratings

from offline.ranker.lists.fit_signals import fit_signals
from offline.ranker.lists.queries import (
    CUTS,
    HELD_BACK_LAST,
    LIKED,
    MAX_TARGETS,
    NEWCOMER_COUNTS,
    WATCHED,
    Cut,
    PastQuery,
    QueryLimits,
    cut_bounds,
    cuts,
)
from offline.ranker.lists.rating_log import RatingLog

LIMITS = QueryLimits(last=10_000, live=10_000, later=10_000, gap=10_000, newcomer=10_000)
MISSING = 0.15  # of what was watched


def made(log: RatingLog, missing: float = MISSING, limits: QueryLimits = LIMITS) -> list[Cut]:
    return list(cuts(log, cut_bounds(log), limits, missing, CONFIG))


@pytest.fixture(scope="module")
def log() -> RatingLog:
    return drawn_log()


@pytest.fixture(scope="module")
def found(log: RatingLog) -> list[Cut]:
    return made(log)


def of_situation(cut: Cut, situation: str) -> list[PastQuery]:
    return [query for query in cut.queries if query.situation == situation]


def pairs(log: RatingLog) -> dict[tuple[int, int], int]:
    """When each user rated each movie, by their numbers."""
    columns = (log.user.tolist(), log.item_index.tolist(), log.timestamp.tolist())
    return {(user, movie): at for user, movie, at in zip(*columns, strict=True)}


def test_a_log_is_in_time_order_whatever_order_it_came_in() -> None:
    columns = drawn_ratings()
    log = RatingLog.of(**columns)
    assert (np.diff(log.timestamp) >= 0).all()
    turned = RatingLog.of(**{name: values[::-1] for name, values in columns.items()})
    for field in fields(RatingLog):
        np.testing.assert_array_equal(getattr(log, field.name), getattr(turned, field.name))
    rated = set(zip(*(columns[n].tolist() for n in ("user_id", "item_index")), strict=True))
    assert {(int(log.user_ids[user]), movie) for user, movie in pairs(log)} == rated
    for user in (0, 17):
        places = log.of_user(user)
        assert (log.user[places] == user).all()
        assert (np.diff(places) > 0).all()
        assert len(places) == (columns["user_id"] == log.user_ids[user]).sum()


def test_ratings_of_one_second_come_in_an_order_that_no_movie_leads() -> None:
    users, movies = 200, 4
    user, movie = np.repeat(np.arange(users), movies), np.tile(np.arange(movies), users)
    log = RatingLog.of(user, movie, np.ones(len(user)), np.full(len(user), START))
    first = [log.item_index[log.of_user(user)[0]] for user in range(users)]
    assert (np.bincount(first) > 0.15 * users).all()


def test_cuts_lie_between_seconds_and_leave_nothing_of_the_log_behind(log: RatingLog) -> None:
    bounds = cut_bounds(log)
    assert len(bounds) == len(CUTS)
    for (start, end), share in zip(bounds, CUTS, strict=True):
        assert start == pytest.approx(share * len(log), abs=0.02 * len(log))
        assert start <= end <= len(log)
        if start < len(log):
            assert log.timestamp[start - 1] < log.timestamp[start]
    assert bounds[-1] == (len(log), len(log))
    one_second = replace(log, timestamp=np.full(len(log), START))
    assert cut_bounds(one_second) == [(len(log), len(log))]


def test_what_is_to_be_found_is_not_known(found: list[Cut], log: RatingLog) -> None:
    when = pairs(log)
    for cut in found:
        known = pairs(cut.known)
        assert all(at < cut.as_of for at in known.values())
        assert cut.queries
        for query in cut.queries:
            assert 0 < len(query.targets) <= MAX_TARGETS
            assert len(set(query.targets.tolist())) == len(query.targets)
            assert not np.isin(query.targets, query.history.item_index).any()
            assert (np.diff(query.history.timestamp) >= 0).all()
            assert (query.history.timestamp <= query.history.at).all()
            for movie in query.targets.tolist():
                assert (query.user, movie) in when
                assert (query.user, movie) not in known


def test_each_situation_asks_for_what_it_is_named_after(found: list[Cut], log: RatingLog) -> None:
    when = pairs(log)
    for cut in found:
        for query in of_situation(cut, "now"):
            own = log.of_user(query.user)
            count = len(query.history)
            assert query.history.item_index.tolist() == log.item_index[own[:count]].tolist()
            assert query.targets.tolist() == [log.item_index[own[count]]]
            assert query.history.at == log.timestamp[own[count - 1]] + 1
        for query in of_situation(cut, "gap"):
            own = cut.known.of_user(query.user)
            assert query.history.item_index.tolist() == cut.known.item_index[own].tolist()
            assert query.history.at == cut.as_of
            assert all(when[query.user, movie] < cut.as_of for movie in query.targets)
        for query in of_situation(cut, "later"):
            before = [p for p in log.of_user(query.user) if log.timestamp[p] < cut.as_of]
            assert query.history.item_index.tolist() == log.item_index[before].tolist()
            assert query.history.at == cut.as_of
            assert (query.relevance == LIKED).all()
            assert all(when[query.user, movie] >= cut.as_of for movie in query.targets)
        for query in of_situation(cut, "newcomer"):
            assert query.user not in cut.known.user
            assert len(query.history) in NEWCOMER_COUNTS
        if cut.as_of > log.timestamp[-1]:
            assert not of_situation(cut, "later")
            assert not of_situation(cut, "newcomer")
        else:
            counts = {len(query.history) for query in of_situation(cut, "newcomer")}
            assert counts == set(NEWCOMER_COUNTS)


def test_what_is_held_back_are_the_last_events_of_some_users(log: RatingLog) -> None:
    for cut in made(log, missing=0.0):
        known = pairs(cut.known)
        asked = {(query.user, int(query.targets[0])) for query in of_situation(cut, "now")}
        users = {user for (user, _), at in pairs(log).items() if at < cut.as_of}
        held = set()
        for user in users:
            own = [place for place in log.of_user(user) if log.timestamp[place] < cut.as_of]
            items = log.item_index[own].tolist()
            lost = [movie for movie in items if (user, movie) not in known]
            if lost:
                held.add(user)
                assert lost == items[-HELD_BACK_LAST:]
                assert {(user, movie) for movie in lost if movie != items[0]} <= asked
        assert 0.3 < len(held) / len(users) < 0.6


def test_what_is_missing_are_some_events_of_some_users(found: list[Cut]) -> None:
    for cut in found:
        gaps = of_situation(cut, "gap")
        assert 0.15 < len(gaps) / len(np.unique(cut.known.user)) < 0.45
        lost = sum(len(query.targets) for query in gaps)
        left = sum(len(query.history) for query in gaps)
        assert 0.12 < lost / (lost + left) < 0.32  # of those from whom any is missing


def test_every_other_newcomer_states_tastes_by_all_that_they_like(
    found: list[Cut], log: RatingLog
) -> None:
    stated = 0
    for cut, (_, end) in zip(found, cut_bounds(log), strict=True):
        newcomers = of_situation(cut, "newcomer")
        for count in NEWCOMER_COUNTS:
            alike = [query for query in newcomers if len(query.history) == count]
            assert [q.stated_by is not None for q in alike] == [
                n % 2 == 1 for n in range(len(alike))
            ]
        for query in newcomers:
            if query.stated_by is not None:
                own = log.of_user(query.user)
                own = own[own < end]
                liked = log.item_index[own[log.rating[own] >= CONFIG.like_threshold]]
                assert query.stated_by.tolist() == liked.tolist()
                stated += 1
        others = [query for query in cut.queries if query.situation != "newcomer"]
        assert all(query.stated_by is None for query in others)
    assert stated > 10


def test_relevance_is_whether_the_rating_was_a_like(found: list[Cut], log: RatingLog) -> None:
    stars = dict(zip(zip(log.user.tolist(), log.item_index.tolist(), strict=True), log.rating,
                     strict=True))  # fmt: skip
    seen = set()
    for cut in found:
        for query in cut.queries:
            for movie, relevance in zip(query.targets.tolist(), query.relevance, strict=True):
                liked = stars[query.user, movie] >= CONFIG.like_threshold
                assert relevance == (LIKED if liked else WATCHED)
                seen.add(float(relevance))
    assert seen == {LIKED, WATCHED}


def test_without_gaps_in_the_log_nobody_is_asked_for_any(log: RatingLog) -> None:
    for cut in made(log, missing=0.0):
        assert not of_situation(cut, "gap")
    assert any(of_situation(cut, "gap") for cut in made(log, missing=0.1))


def test_limits_are_kept(log: RatingLog) -> None:
    limits = QueryLimits(last=5, live=4, later=3, gap=2, newcomer=1)
    for cut in made(log, limits=limits):
        count = {name: len(of_situation(cut, name)) for name in ("now", "later", "gap", "newcomer")}
        last = cut.as_of > log.timestamp[-1]
        assert count == {
            "now": 5 if last else 5 + 4,
            "later": 0 if last else 3,
            "gap": 2,
            "newcomer": 0 if last else len(NEWCOMER_COUNTS),
        }


def test_likes_behind_a_cut_are_counted_before_any_limit(log: RatingLog) -> None:
    few = made(log, limits=replace(LIMITS, later=1))
    for cut, (start, end) in zip(few, cut_bounds(log), strict=True):
        inside = np.arange(start, end)
        liked = inside[log.rating[inside] >= CONFIG.like_threshold]
        of_known = np.isin(log.user[liked], log.user[:start]).sum()
        users = len(np.unique(log.user[:start]))
        assert cut.later_likes == pytest.approx(of_known / users, rel=0.35)


def same(first: object, second: object) -> bool:
    """Whether two results are equal, arrays and dataclasses by what is in them."""
    if isinstance(first, np.ndarray):
        return np.array_equal(first, second, equal_nan=first.dtype.kind == "f")
    if is_dataclass(first):
        names = [field.name for field in fields(first)]
        return all(same(getattr(first, name), getattr(second, name)) for name in names)
    if isinstance(first, list | tuple):
        pairs = zip(first, second, strict=False)
        return len(first) == len(second) and all(same(a, b) for a, b in pairs)
    return bool(first == second)


def test_the_seed_decides_the_queries(log: RatingLog, found: list[Cut]) -> None:
    assert same(found, made(log))
    other = cuts(log, cut_bounds(log), LIMITS, MISSING, replace(CONFIG, seed=12))
    assert not same([cut.queries for cut in found], [cut.queries for cut in other])


def test_later_ratings_change_nothing_of_an_earlier_cut() -> None:
    """Not its known part, its queries, nor the signals fitted for them.

    Old and new users rate on, the new ones with ids between those of the old.
    """
    columns, facts = drawn_ratings(), catalogue()[1]
    log = RatingLog.of(**columns)
    limits = QueryLimits(last=30, live=30, later=30, gap=30, newcomer=5)
    random = np.random.default_rng(3)
    for number, bound in enumerate(cut_bounds(log)):
        longer = followed(columns, log, bound[1], random)
        bounds = cut_bounds(log)[: number + 1]
        before = list(cuts(log, bounds, limits, MISSING, CONFIG))
        after = list(cuts(longer, bounds, limits, MISSING, CONFIG))
        for first, second in zip(before, after, strict=True):
            assert same(named(first, log), named(second, longer))
        fitted = [
            fit_signals(each[-1].known, facts, each[-1].as_of, CONFIG) for each in (before, after)
        ]
        assert same(fitted[0], fitted[1])


def followed(
    columns: dict[str, np.ndarray], log: RatingLog, end: int, random: np.random.Generator
) -> RatingLog:
    """The log up to the place `end`, and then other ratings, of old users and of new ones."""
    kept = {
        "user_id": log.user_ids[log.user[:end]],
        "item_index": log.item_index[:end],
        "rating": log.rating[:end],
        "timestamp": log.timestamp[:end],
    }
    rated = set(zip(kept["user_id"].tolist(), kept["item_index"].tolist(), strict=True))
    others = np.unique(np.append(columns["user_id"], random.integers(0, 2_000, 40)))
    new = [(u, m) for u in others.tolist() for m in range(MOVIES) if (u, m) not in rated]
    new = [new[place] for place in random.permutation(len(new))[:1_500]]
    added = {
        "user_id": np.array([user for user, _ in new]),
        "item_index": np.array([movie for _, movie in new]),
        "rating": random.integers(1, 11, len(new)).astype(np.float32) / 2,
        "timestamp": log.timestamp[end - 1] + random.integers(1, SPAN, len(new)),
    }
    return RatingLog.of(**{name: np.append(kept[name], added[name]) for name in kept})


def named(cut: Cut, log: RatingLog) -> tuple[object, ...]:
    """A cut with ids in place of the numbers of users, which depend on who else there is."""
    known = (log.user_ids[cut.known.user], cut.known.item_index, cut.known.rating)
    queries = [replace(query, user=int(log.user_ids[query.user])) for query in cut.queries]
    return (*known, cut.known.timestamp, cut.as_of, queries, cut.later_likes)
