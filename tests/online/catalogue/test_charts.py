import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from online.catalogue.charts import build_charts, new_arrivals
from sparrow.signals.models.item_stats import ItemStats
from sparrow.units import DAY


def stats(count, mean, year=None, recent=None, first=None):
    size = len(count)
    recently = np.array(recent if recent is not None else [0.0] * size, dtype=float)
    return ItemStats(
        count=np.array(count),
        mean=np.array(mean, dtype=float),
        last_month=recently,
        last_week=recently,
        first_rated=np.array(first if first is not None else [0.0] * size),
        year=np.array(year if year is not None else [2000.0] * size, dtype=float),
        as_of=100 * DAY,
    )


def test_one_vote_never_tops_the_best_rated():
    charts = build_charts(stats([1, 500, 300, 0], [5.0, 4.4, 3.0, np.nan]))
    assert charts["top-rated"].tolist() == [1, 0, 2]


def test_popular_lists_everything_by_votes_then_by_id():
    assert build_charts(stats([3, 9, 3, 0], [4, 4, 4, np.nan]))["popular"].tolist() == [1, 0, 2, 3]


def test_latest_is_by_year_then_votes_and_leaves_out_the_undated():
    charts = build_charts(stats([1, 5, 2, 9], [4] * 4, year=[1998, 1998, 1999, np.nan]))
    assert charts["latest"].tolist() == [2, 1, 0]


def test_trending_needs_a_recent_rating():
    charts = build_charts(stats([9, 5, 7], [4] * 3, recent=[0, 2, 6]))
    assert charts["trending"].tolist() == [2, 1]


def test_hidden_gems_are_good_and_little_known():
    count = [1, 4, 5, 100, 200, 300, 400, 500, 600, 700]
    mean = [5.0, 3.0, 4.9, 5.0, 5.0, 4.0, 4.0, 4.0, 4.0, 4.0]
    gems = build_charts(stats(count, mean))["hidden-gems"].tolist()
    assert gems[0] == 4
    assert 0 not in gems
    assert 9 not in gems


def test_a_catalogue_without_any_rating_has_charts():
    charts = build_charts(stats([0, 0], [np.nan, np.nan]))
    assert charts["popular"].tolist() == [0, 1]
    assert charts["top-rated"].tolist() == charts["hidden-gems"].tolist() == []


def test_arrivals_are_what_was_first_rated_in_the_last_month():
    first = [np.nan, 99.0 * DAY, 60.0 * DAY, 99.5 * DAY]
    assert new_arrivals(stats([0, 1, 1, 1], [np.nan, 4, 4, 4], first=first)).tolist() == [3, 1]


@given(st.lists(st.tuples(st.integers(0, 1000), st.floats(0.5, 5)), min_size=1))
def test_a_bayesian_average_lies_between_the_mean_and_that_of_all(rows):
    count, mean = (np.array(column) for column in zip(*rows, strict=True))
    overall = (count * mean).sum() / max(count.sum(), 1)
    average = stats(count, mean).bayesian_average
    low, high = np.minimum(mean, overall), np.maximum(mean, overall)
    assert ((average >= low - 1e-9) & (average <= high + 1e-9))[count > 0].all()
