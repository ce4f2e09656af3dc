"""What rows see when they see all others: against a plain loop, and never themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparrow.features.declarations import build_feature_set
from sparrow.features.folds import PopularityHistogram, movie_rows, user_rows
from sparrow.features.rating_events import Events
from sparrow.features.visibility import MISSING_EVENT, EventVisibility, LeaveOneOut, PastEvents

FEATURES = build_feature_set(("Action", "Comedy", "Drama"))
CURVE = PopularityHistogram(np.array([0]), np.array([1, 2]), np.array([[9, 4]]))
LENGTH = 6


@st.composite
def rated(draw: st.DrawFn) -> Events:
    """Up to 30 ratings within few seconds, so that there are many ties."""
    size = draw(st.integers(0, 30))
    seconds = np.array(draw(st.lists(st.integers(0, 12), min_size=size, max_size=size)), np.int64)
    random = np.random.default_rng(draw(st.integers(0, 9)))
    movie = random.permutation(100)[:size].astype(np.int64)
    stars = (random.integers(1, 11, size) / 2).astype(np.float32)
    year = random.choice(np.array([np.nan, 1950, 1994], np.float32), size)
    return Events.sorted_by_time(seconds, movie, movie, stars, random.integers(0, 8, size), year)


def without(events: Events, place: int) -> Events:
    fields = ("timestamp", "movie_id", "rating", "genres", "year")
    return Events(*(np.delete(getattr(events, name), place) for name in fields))


def folded(visibility: EventVisibility) -> dict[str, np.ndarray]:
    movie = movie_rows(visibility, 1990.0, CURVE, FEATURES)
    return {**user_rows(visibility, FEATURES), **movie}


def leave_one_out(events: Events) -> LeaveOneOut:
    return LeaveOneOut(events, events.timestamp, np.arange(len(events)))


@settings(max_examples=60, deadline=None)
@given(rated())
def test_a_row_is_what_it_would_be_if_its_own_rating_had_never_been_given(events: Events) -> None:
    rows = folded(leave_one_out(events))
    for place in range(len(events)):
        rest = without(events, place)
        at = events.timestamp[place : place + 1]
        alone = folded(LeaveOneOut(rest, at, np.array([MISSING_EVENT])))
        for name in alone:
            if name.startswith("user_recent"):
                continue  # of equally near ones, those of the row's own second may stand otherwise
            np.testing.assert_allclose(rows[name][place], alone[name][0], atol=1e-5, err_msg=name)


@settings(max_examples=60, deadline=None)
@given(rated(), st.integers(0, 29))
def test_a_rating_changes_none_of_its_own_features(events: Events, place: int) -> None:
    if place >= len(events):
        return
    stars = events.rating.copy()
    stars[place] = 5.5 - stars[place]
    turned = Events(events.timestamp, events.movie_id, stars, events.genres, events.year)
    before, after = folded(leave_one_out(events)), folded(leave_one_out(turned))
    for name in before:
        # sums of other numbers are rounded otherwise
        np.testing.assert_allclose(before[name][place], after[name][place], atol=1e-5, err_msg=name)


@settings(max_examples=60, deadline=None)
@given(rated())
def test_the_nearest_come_first_from_both_sides(events: Events) -> None:
    nearest = leave_one_out(events).nearest_events(LENGTH)
    for place, found in enumerate(nearest):
        there = found[found != MISSING_EVENT]
        assert len(there) == len(set(there)) == min(LENGTH, len(events) - 1)
        assert place not in there
        away = np.abs(events.timestamp - events.timestamp[place])
        assert away[there].tolist() == sorted(np.delete(away, place))[:LENGTH]


def test_who_comes_after_all_events_sees_the_same_by_both() -> None:
    ids = np.arange(1, 80)
    events = Events.sorted_by_time(
        ids // 3, ids, ids, (ids % 10 / 2 + 0.5).astype(np.float32), ids % 8, ids + np.float32(1900)
    )
    at = np.array([int(ids.max())] * 2)
    past, others = (
        folded(PastEvents(events, at)),
        folded(LeaveOneOut(events, at, np.full(2, MISSING_EVENT))),
    )
    for name in past:
        np.testing.assert_allclose(past[name], others[name], err_msg=name)
    assert set(past["user_recent_movies"][0][:2]) == set(ids[-2:])


@pytest.mark.parametrize(
    "visibility", [PastEvents, lambda e, at: LeaveOneOut(e, at, np.full(len(at), MISSING_EVENT))]
)
def test_nobody_has_rated_anything(visibility: object) -> None:
    nothing = np.empty(0, np.int64)
    events = Events(nothing, nothing, np.empty(0, "f4"), nothing, np.empty(0, "f4"))
    rows = folded(visibility(events, np.array([5])))
    assert rows["user_rating_count"].tolist() == [0]
    assert np.isnan(rows["movie_rating_mean"]).all()
