"""The folds against a plain loop over events, and the promises that point-in-time rests on."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparrow.features.declarations import HISTORY_LENGTH, PADDING, Entity, build_feature_set
from sparrow.features.folds import (
    LIKE_PRIOR,
    SMOOTHING,
    PopularityHistogram,
    context_rows,
    movie_rows,
    popularity_histogram,
    popularity_thresholds,
    threshold_crossings,
    user_rows,
)
from sparrow.features.rating_events import Events
from sparrow.features.visibility import PastEvents
from sparrow.units import DAY, WEEK

FEATURES = build_feature_set(("Action", "Comedy", "Drama"))
NO_CURVE = PopularityHistogram(np.array([0]), np.array([1]), np.array([[0]]))


def events(rows: list[tuple[int, int, float, int, float]]) -> Events:
    """Events from (timestamp, movie_id, rating, genre bits, year)."""
    columns = list(zip(*rows, strict=True)) or [()] * 5
    timestamp, movie, rating, genres, year = columns
    ids = np.array(movie, dtype=np.int64)
    return Events.sorted_by_time(
        np.array(timestamp, dtype=np.int64),
        ids,
        ids,
        np.array(rating, dtype=np.float32),
        np.array(genres, dtype=np.int64),
        np.array(year, dtype=np.float32),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, int, float, int, float]]:
    movies = draw(st.lists(st.integers(0, 10_000), unique=True, max_size=80))
    return [
        (
            draw(st.integers(0, 40)),  # few seconds: many ties
            movie,
            draw(st.integers(1, 10)) / 2,
            draw(st.integers(0, 7)),
            draw(st.sampled_from([float("nan"), 1950.0, 1994.0, 2001.0])),
        )
        for movie in movies
    ]


@settings(max_examples=60, deadline=None)
@given(histories())
def test_user_rows_equal_a_plain_loop(rows: list[tuple[int, int, float, int, float]]) -> None:
    at = np.arange(0, 42)
    fold = user_rows(PastEvents(events(rows), at), FEATURES)
    for position, moment in enumerate(at):
        before = [r for r in rows if r[0] < moment]
        scores = np.array([r[2] for r in before])
        assert fold["user_rating_count"][position] == len(before)
        likes = sum(score >= 3.5 for score in scores)
        expected = (likes + SMOOTHING * LIKE_PRIOR) / (len(before) + SMOOTHING)
        assert fold["user_like_rate"][position] == pytest.approx(expected)
        recent = fold["user_recent_movies"][position]
        rated = {r[1]: r[2] for r in before}
        shown = [m for m in recent if m != PADDING]
        assert len(shown) == min(len(rated), HISTORY_LENGTH)
        stars = fold["user_recent_ratings"][position]
        assert stars[: len(shown)].tolist() == [rated[m] for m in shown]
        assert np.isnan(stars[len(shown) :]).all()
        if not before:
            assert np.isnan(fold["user_rating_mean"][position])
            continue
        assert fold["user_rating_mean"][position] == pytest.approx(scores.mean())
        assert fold["user_rating_std"][position] == pytest.approx(scores.std(), abs=1e-6)
        for g in range(3):
            inside = np.array([r[2] for r in before if r[3] >> g & 1])
            taste = (inside.sum() - len(inside) * scores.mean()) / (len(inside) + SMOOTHING)
            assert fold["user_genre_taste"][position][g] == pytest.approx(taste, abs=1e-6)
            assert fold["user_genre_share"][position][g] == pytest.approx(len(inside) / len(before))
        years = np.array([r[4] for r in before if r[4] == r[4]])
        if len(years):
            assert fold["user_year_mean"][position] == pytest.approx(years.mean())
            assert fold["user_year_std"][position] == pytest.approx(years.std(), abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(histories(), histories())
def test_later_events_change_no_earlier_row(
    rows: list[tuple[int, int, float, int, float]], later: list[tuple[int, int, float, int, float]]
) -> None:
    at = np.array([r[0] for r in rows], dtype=np.int64)
    appended = [(41 + t, 20_000 + m, *rest) for t, m, *rest in later]
    user = user_rows(PastEvents(events(rows), at), FEATURES)
    for name, values in user_rows(PastEvents(events([*rows, *appended]), at), FEATURES).items():
        np.testing.assert_allclose(values, user[name], atol=1e-9, err_msg=name)
    movie = movie_rows(PastEvents(events(rows), at), 1990.0, NO_CURVE, FEATURES)
    for name, values in movie_rows(
        PastEvents(events([*rows, *appended]), at), 1990.0, NO_CURVE, FEATURES
    ).items():
        np.testing.assert_allclose(values, movie[name], atol=1e-9, err_msg=name)


@settings(max_examples=60, deadline=None)
@given(histories(), st.randoms())
def test_the_order_of_lines_tells_nothing(
    rows: list[tuple[int, int, float, int, float]], random: Random
) -> None:
    at = np.arange(0, 42)
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = (
        user_rows(PastEvents(events(rows), at), FEATURES),
        user_rows(PastEvents(events(shuffled), at), FEATURES),
    )
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_ratings_of_one_second_do_not_see_each_other() -> None:
    page = [(100, movie, 5.0, 1, 1990.0) for movie in range(1, 30)]
    rows = user_rows(PastEvents(events(page), np.array([100, 101])), FEATURES)
    assert rows["user_rating_count"].tolist() == [0, 29]
    newest_first = rows["user_recent_movies"][1][:29].tolist()
    assert sorted(newest_first) == list(range(1, 30))
    assert newest_first not in (list(range(1, 30)), list(range(29, 0, -1)))


def test_recent_movies_come_newest_first_and_at_most_fifty() -> None:
    rated = [(t, 1000 + t, 4.0 if t % 2 else 2.0, 0, 1990.0) for t in range(200)]
    rows = user_rows(PastEvents(events(rated), np.array([200])), FEATURES)
    assert rows["user_recent_movies"][0].tolist() == [1000 + t for t in range(199, 149, -1)]
    assert rows["user_recent_ratings"][0].tolist() == [4.0, 2.0] * 25


@pytest.mark.parametrize("genres", [(), ("Drama",)])
def test_fewer_than_two_genres_still_make_vectors(genres: tuple[str, ...]) -> None:
    few = build_feature_set(genres)
    rated = events([(1, 7, 5.0, len(genres), 1990.0), (2, 8, 2.0, 0, 1990.0)])
    fold = user_rows(PastEvents(rated, np.array([3])), few)
    rows = few.empty_rows(Entity.USER, 1)
    for name, values in fold.items():
        assert values.shape == rows[name].shape, name
    assert fold["user_genre_share"].tolist() == [[0.5 * len(genres), 0.0]]
    assert fold["user_genre_taste"][0] == pytest.approx([1.5 / 6 * len(genres), 0.0])
    assert few.row_dtype(Entity.MOVIE)["movie_genres"].shape == (2,)


def test_movie_rows_by_hand() -> None:
    rated = events([(10 * DAY, 7, 5.0, 0, 0.0), (50 * DAY, 7, 3.0, 0, 0.0)])
    rows = movie_rows(
        PastEvents(rated, np.array([10, 11, 51, 90]) * DAY), 1960.0, NO_CURVE, FEATURES
    )
    assert rows["movie_rating_count"].tolist() == [0, 1, 2, 2]
    assert rows["movie_recent_count"].tolist() == [0, 1, 1, 0]
    assert np.isnan(rows["movie_rating_mean"][0])
    assert rows["movie_rating_mean"][1:].tolist() == [5.0, 4.0, 4.0]
    assert rows["movie_rating_std"][1:].tolist() == [0.0, 1.0, 1.0]
    assert rows["movie_like_rate"].tolist() == [0.5, 3.5 / 6, 3.5 / 7, 3.5 / 7]
    assert rows["movie_age"][0] == pytest.approx(10.03, abs=0.01)


def test_popularity_rank_counts_the_movies_at_least_as_popular_last_week() -> None:
    thresholds = popularity_thresholds()
    # movie a: three ratings in week 5, b: one in week 5, c: one in week 6
    by_movie = [[5 * WEEK, 5 * WEEK + 1, 5 * WEEK + 2], [5 * WEEK], [6 * WEEK]]
    reached = [threshold_crossings(np.array(times), thresholds) for times in by_movie]
    column = np.concatenate([c for c, _ in reached])
    week = np.concatenate([w for _, w in reached])
    curve = popularity_histogram(column, week, np.ones(len(week), dtype=np.int64))
    assert curve.rank(np.array([3]), np.array([5 * WEEK + 9])).tolist() == [1.0]  # nothing yet
    at = np.full(3, 6 * WEEK + 5)
    assert curve.rank(np.array([3, 1, 0]), at).tolist() == [0.5, 1.0, 1.0]
    assert curve.rank(np.array([3, 1, 0]), at + WEEK).tolist() == pytest.approx([1 / 3, 1.0, 1.0])


def test_context_is_utc() -> None:
    rows = context_rows(np.array([0, 86_400 * 3 + 3600 * 23]))  # a Thursday, then a Sunday at 23
    assert rows["context_hour"].tolist() == [0, 23]
    assert rows["context_weekday"].tolist() == [3, 6]
