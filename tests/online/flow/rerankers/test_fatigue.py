"""Fatigue lowers gently, by visits; what was passed over goes below the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import release_world
from hypothesis import given
from hypothesis import strategies as st

from online.flow.flows.registry import FLOWS
from online.flow.flows.shared import FlowContext
from online.flow.rerankers.fatigue import Fatigue
from online.flow.runner import rank
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.stages import NO_PROVENANCE, Candidates
from online.users.visit import VISIT_SECONDS, half_hour_start, in_current_visit, visit_numbers
from sparrow.feedback.record import KINDS, RECORD, UNDONE
from sparrow.units import DAY, HOUR

pytestmark = pytest.mark.redis

EVERYTHING = Candidates(np.arange(80), np.full((1, 80), NO_PROVENANCE))
SCORES = np.linspace(1, 0, 80)


@pytest.fixture
def tired(request_for):
    """A request of somebody with this past: (movie, kind, seconds ago), …"""

    def tired(*past, **query):
        request = request_for(777, **query)
        recent = np.zeros(len(past), dtype=RECORD)
        for row, (movie, kind, ago) in zip(recent, past, strict=True):
            row["movie_id"], row["kind"] = movie, KINDS.index(kind)
            row["timestamp"] = release_world.AS_OF - ago
        return replace(request, user=replace(request.user, recent=recent))

    return tired


def shown(*movies, ago=HOUR):
    return [(movie, "impression", ago) for movie in movies]


def rank_of(movie, request):
    order = Fatigue()(request, EVERYTHING, SCORES)
    assert sorted(order.tolist()) == list(range(80))  # nothing is dropped
    return order.tolist().index(movie - 1)


@given(st.lists(st.integers(0, 10_000), max_size=30))
def test_visits_end_with_half_an_hour_of_silence(moments):
    found = visit_numbers(np.array(moments, dtype=np.int64))
    last, number, expected = None, 0, {}
    for moment in sorted(moments):
        number += last is not None and moment - last > VISIT_SECONDS
        expected[moment], last = number, moment
    assert found.tolist() == [expected[moment] for moment in moments]


def test_the_visit_that_goes_on_is_the_last_one():
    moments = np.array([9_000, 100, 9_900, 9_000 - VISIT_SECONDS - 1, 20_000])
    assert in_current_visit(moments, 10_000).tolist() == [True, False, True, False, True]
    assert not in_current_visit(moments[:-1], 10_000 + 2 * VISIT_SECONDS).any()


def test_a_slot_is_half_an_hour():
    assert half_hour_start(7199.9) == half_hour_start(5400) == 5400
    assert half_hour_start(7200) == 7200


def test_each_visit_lowers_a_movie_by_some_ranks(tired):
    lowered = [
        rank_of(1, tired(*(each for n in range(count) for each in shown(1, ago=(1 + n) * HOUR))))
        for count in range(5)
    ]
    assert lowered == [0, 2, 5, 8, 11]


def test_impressions_of_one_visit_count_once(tired):
    once = tired(*shown(1))
    often = tired(*(each for n in range(20) for each in shown(1, ago=HOUR + 60 * n)))
    assert rank_of(1, once) == rank_of(1, often) > 0


def test_the_visit_of_the_request_does_not_count(tired):
    assert rank_of(1, tired(*shown(1, ago=60), *shown(1, ago=HOUR // 3))) == 0


def test_it_fades_with_days_and_ends_with_a_click(tired):
    ranks = [
        rank_of(1, tired(*(each for n in range(5) for each in shown(1, ago=days * DAY + n * HOUR))))
        for days in (1, 3, 10, 60)
    ]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] > ranks[-1] == 0
    assert rank_of(1, tired(*shown(1), (1, "click", 30 * DAY))) == 0


def test_an_impression_that_was_taken_back_does_not_count(tired):
    request = tired(*shown(1))
    request.user.recent["status"] = UNDONE
    assert rank_of(1, request) == 0


def test_what_has_no_score_stays_at_the_end(tired):
    scores = np.where(np.arange(80) < 3, SCORES, np.nan)
    order = Fatigue()(tired(*shown(1, 2)), EVERYTHING, scores)
    assert order.tolist() == [2, 0, 1, *range(3, 80)]


def test_movies_that_left_the_catalogue_are_nothing_to_tire_of(tired):
    assert rank_of(1, tired(*shown(999, 1))) > 0


@pytest.mark.parametrize("name", FLOWS)
def test_a_whole_page_that_was_shown_in_ten_visits_stays_in_every_flow(name, tired):
    request = tired(movie_id=3, genre="Comedy" if name == "genre" else None, limit=80)
    flow = FLOWS[name](FlowContext(SignalScorer("als")))
    before = rank(flow, request)
    page = request.catalogue.ids[before.candidates.item_index[:10]].tolist()
    worn = tired(*(each for n in range(1, 11) for each in shown(*page, ago=n * HOUR)))
    after = rank(flow, replace(worn, query=request.query))
    assert set(after.candidates.item_index.tolist()) == set(before.candidates.item_index.tolist())
    assert after.total == before.total
    assert "rerank/fatigue" in [stage.name for stage in after.trace]
    assert after.rank_changes["fatigue"].min() < 0


@pytest.mark.parametrize("recall_milliseconds", [0.0, np.inf])
def test_what_was_passed_over_goes_below_all_others(tired, recall_milliseconds):
    request = tired(limit=80)
    flow = FLOWS["home"](FlowContext(SignalScorer("als")))
    flow = replace(flow, recall_milliseconds=recall_milliseconds)
    before = rank(flow, request)
    passed = before.candidates.item_index[:10]
    after = rank(flow, replace(request, skipped=passed))
    assert after.total == before.total == len(after.candidates)
    assert set(after.candidates.item_index[-10:].tolist()) == set(passed.tolist())
    (stage,) = [stage for stage in after.trace if stage.name == "skipped"]
    assert stage.before - stage.after == sum(stage.dropped.values())
