"""The context of a query at known moments."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from signal_world import drawn_world, history

from sparrow.signals.context_features import CONTEXT, GATE_CONTEXT, context_features
from sparrow.signals.models.fitted_signals import FittedSignals, ItemMetadata
from sparrow.signals.values.history import History

MONDAY_6 = int(datetime(2001, 9, 10, 6, tzinfo=UTC).timestamp())
SATURDAY = int(datetime(2001, 9, 15, tzinfo=UTC).timestamp())
FACTS = ItemMetadata(
    np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0]], np.float32),
    np.array([2000.0, 1980.0, np.nan, 1990.0]),
)


@pytest.fixture
def fitted() -> FittedSignals:
    return replace(drawn_world(4, seed=1, known=1.0), metadata=FACTS)


def named(fitted: FittedSignals, past: History) -> dict[str, float]:
    found = context_features(fitted, past)
    assert found.dtype == np.float32
    assert found.shape == (len(CONTEXT),)
    return dict(zip(CONTEXT, found.tolist(), strict=True))


def test_the_gate_looks_at_a_part_of_the_context() -> None:
    assert set(GATE_CONTEXT) < set(CONTEXT)
    assert len(set(CONTEXT)) == len(CONTEXT)


def test_a_session_on_a_monday_morning(fitted: FittedSignals) -> None:
    past = history([0, 1, 2], [5.0, 2.0, np.nan], at=MONDAY_6)
    ago = np.array([30 * 3600, 2 * 3600, 60])
    found = named(fitted, replace(past, timestamp=MONDAY_6 - ago))
    count = np.log1p(fitted.stats.count)
    share = np.array([1.5, 0.5, 1.0]) / 3  # of the genres, a movie with two counts half for each
    expected = {
        "log_events": np.log(4),
        "log_seconds_inactive": np.log(61),
        "log_events_hour": np.log(2),
        "log_events_day": np.log(3),
        "rating_mean": 3.5,
        "rating_deviation": 1.5,
        "genre_breadth": -(share * np.log(share)).sum(),
        "popularity_mean": count[:3].mean(),
        "popularity_recent": count[:3].mean(),
        "year_mean": 0.0,  # decades from 1990: of 2000 and 1980
        "year_deviation": 1.0,
        "hour_sin": 1.0,
        "hour_cos": 0.0,
        "weekend": 0.0,
        "points_given": 0.0,
        "has_no_history": 0.0,
    }
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_the_last_five_have_a_popularity_of_their_own(fitted: FittedSignals) -> None:
    found = named(fitted, history([0, 0, 1, 1, 1, 1, 1], [3.0] * 7))
    count = np.log1p(fitted.stats.count)
    assert found["popularity_recent"] == pytest.approx(count[1], rel=1e-5)
    assert found["popularity_mean"] == pytest.approx((2 * count[0] + 5 * count[1]) / 7, rel=1e-5)


def test_nobody_yet_on_a_saturday(fitted: FittedSignals) -> None:
    found = named(fitted, history([], [], at=SATURDAY))
    ones = {"hour_cos", "weekend", "has_no_history"}
    assert found == {name: float(name in ones) for name in CONTEXT}


def test_somebody_who_gave_points_is_known_by_it(fitted: FittedSignals) -> None:
    points = np.array([0.0, 1.0], dtype=np.float32)
    for past in (history([], []), history([1], [4.0])):
        assert named(fitted, replace(past, taste_points=points))["points_given"] == 1.0


def test_unknown_ratings_years_and_genres_are_zero(fitted: FittedSignals) -> None:
    found = named(fitted, history([2], [np.nan]))
    zeros = ("rating_mean", "rating_deviation", "year_mean", "year_deviation", "genre_breadth")
    assert [found[name] for name in zeros] == [0.0] * len(zeros)
    assert named(fitted, history([3], [4.0]))["genre_breadth"] == 0.0  # a movie without a genre


def test_an_event_of_a_faster_clock_is_not_in_the_future(fitted: FittedSignals) -> None:
    past = history([0], [4.0], at=MONDAY_6)
    found = named(fitted, replace(past, timestamp=past.timestamp + 10 * 86_400))
    assert found["log_seconds_inactive"] == 0.0
    assert found["log_events_hour"] == pytest.approx(np.log(2))
