"""Scopes, and lists that are counted without being made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import release_world

from online.catalogue.item_filter import take_matching
from online.flow.flows.because import because
from online.flow.flows.home import home
from online.flow.flows.shared import FILTERS, FlowContext
from online.flow.runner import rank
from online.flow.scorers.signal_scorer import SignalScorer
from sparrow.feedback.record import KINDS, RECORD

pytestmark = pytest.mark.redis

QUERIES = (
    {},
    {"genre": "Drama"},
    {"year_from": 1940, "year_to": 1950},
    {"genre": "Comedy", "min_votes": 3, "exclude": (2, 4, 999_999)},
)


class Watched(np.ndarray):
    """An array that remembers how much of it was looked at."""

    seen = 0

    def __getitem__(self, part):
        Watched.seen += len(np.asarray(self)[part])
        return np.asarray(self)[part]


def asked(request_for, **wish):
    """A user who is done with films in every way, and tired of one of each number."""
    request = request_for(2, limit=1000, **wish)
    recent = np.zeros(8, dtype=RECORD)
    recent["movie_id"] = [5, 5, 5, 6, 6, 6, 21, 21]
    recent["kind"] = KINDS.index("impression")
    recent["timestamp"] = release_world.AS_OF
    marks = {"watched": np.array([7, 8]), "hidden": np.array([9, 10, 9])}
    return replace(request, user=replace(request.user, recent=recent, **marks))


def test_an_order_is_read_as_far_as_it_takes():
    order = np.arange(10_000)[::-1].view(Watched)
    third = np.arange(10_000) % 3 == 0
    assert take_matching(order, 4, third, third).tolist() == [9999, 9996, 9993, 9990]
    assert Watched.seen <= 24


@pytest.mark.parametrize("count", [0, 1, 7, 50, None])
def test_the_first_that_fit_are_those_of_the_whole_order(count):
    random = np.random.default_rng(3)
    order, fits = random.permutation(200), random.random(200) < 0.1
    assert take_matching(order, count, fits).tolist() == order[fits[order]][:count].tolist()


@pytest.mark.parametrize("chart", ["popular", "trending", "latest", "top-rated", "hidden-gems"])
@pytest.mark.parametrize("wish", QUERIES)
def test_a_scopes_chart_is_the_catalogues(request_for, wish, chart):
    request = asked(request_for, **wish)
    whole = request.catalogue.charts[chart]
    assert request.top_of_chart(chart, 5).tolist() == whole[request.eligible[whole]][:5].tolist()


@pytest.mark.parametrize("wish", QUERIES)
def test_filters_drop_within_the_scope_what_is_named_and_nothing_else(request_for, wish):
    """The contract by which a list's length is known before the list."""
    request = asked(request_for, **wish)
    others = np.setdiff1d(np.flatnonzero(request.subset.mask), request.touched_items)
    assert len(others)
    for each in FILTERS:
        assert each(request, others).all(), each.name


@pytest.mark.parametrize("made", [home, because])
@pytest.mark.parametrize("wish", QUERIES)
def test_the_total_is_the_length_of_the_whole_list(request_for, wish, made):
    flow = made(FlowContext(SignalScorer("popularity")))
    for origin in (1, 9, 21):  # one of them the user has no interest in, one was shown too often
        request = asked(request_for, movie_id=origin, **wish)
        ranked = rank(flow, request)
        assert ranked.total == len(ranked.candidates)
        assert rank(flow, replace(request, query=replace(request.query, limit=1))).total == (
            ranked.total
        )
