"""What a flow does with what its stages do, the failing ones included."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import release_world
from release_world import rated_by

from online.flow.flows.home import home
from online.flow.flows.shared import FlowContext
from online.flow.runner import rank
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.stages import NOT_RETRIEVED, Scores, SourceResult

pytestmark = pytest.mark.redis


@dataclass(frozen=True)
class Fixed:
    """A source that finds what it is told to, whoever asks."""

    item_index: tuple[int, ...]
    name: str = "fixed"

    def __call__(self, request):
        return SourceResult(np.array(self.item_index, dtype=np.int64))

    def unreachable(self, request):
        return np.setdiff1d(np.arange(len(request.catalogue)), self.item_index)

    def reason(self, request, cause):
        return None


@dataclass(frozen=True)
class Broken:
    """A source or scorer that raises."""

    name: str = "broken"

    def __call__(self, request, item_index=None):
        raise RuntimeError("out of order")

    def reason(self, request, cause):
        return ""


@dataclass(frozen=True)
class Constant:
    """A scorer with given scores, repeated."""

    values: tuple[float, ...]
    name: str = "constant"

    def __call__(self, request, item_index):
        total = np.resize(np.array(self.values), len(item_index))
        return Scores(total, {"constant": total})


@pytest.fixture
def flow():
    flow = home(FlowContext(SignalScorer()))
    return replace(flow, rerankers=())


def ids(request, ranked):
    return request.catalogue.ids[ranked.candidates.item_index].tolist()


def stage(ranked, name):
    (found,) = [stage for stage in ranked.trace if stage.name == name]
    return found


@pytest.mark.parametrize("user_id", release_world.USERS.tolist())
def test_everybody_gets_unseen_movies_of_their_own_parity_first(request_for, user_id):
    request = request_for(user_id, limit=10)
    ranked = rank(home(FlowContext(SignalScorer())), request)
    top = ids(request, ranked)[:10]
    assert not set(top) & rated_by(user_id).keys()
    assert all(movie % 2 == user_id % 2 for movie in top)


def test_a_failing_source_is_dropped_and_traced(flow, request_for):
    request = request_for(2)
    broken = replace(flow, sources=(Broken(), *flow.sources[1:]))
    ranked = rank(broken, request)
    assert stage(ranked, "source/broken").error == "RuntimeError: out of order"
    assert len(ranked.candidates) > 20
    assert (ranked.candidates.provenance[0] == NOT_RETRIEVED).all()


def test_a_list_is_filled_even_if_every_source_fails(flow, request_for):
    request = request_for(2, limit=30)
    ranked = rank(replace(flow, sources=(Broken(),)), request)
    assert len(ranked.candidates) >= 30
    assert not set(ids(request, ranked)) & rated_by(2).keys()


def test_a_failing_scorer_falls_back_and_is_traced(flow, request_for):
    request = request_for(2)
    ranked = rank(replace(flow, scorer=Broken()), request)
    assert ranked.model == "signal:als"
    assert stage(ranked, "score/broken").error == "RuntimeError: out of order"
    assert stage(ranked, "score/signal:als").error is None
    assert ids(request, ranked) == ids(request, rank(replace(flow, scorer=SignalScorer()), request))


def test_a_scorer_without_a_number_falls_back(flow, request_for):
    ranked = rank(replace(flow, scorer=Constant((np.nan,))), request_for(2))
    assert ranked.model == "signal:als"
    assert stage(ranked, "score/constant").error == "no candidate got a number"


def test_nan_sinks_and_ties_break_by_id(flow, request_for):
    request = request_for(777)
    found = replace(flow, sources=(Fixed((9, 3, 7, 1, 5)),), scorer=Constant((2.0, np.nan, 2.0)))
    ranked = rank(found, replace(request, query=replace(request.query, limit=5)))
    assert ranked.candidates.item_index.tolist() == [1, 5, 7, 3, 9]


def test_filters_hold_whatever_a_source_finds(flow, request_for):
    request = request_for(2, genre="Drama", exclude=(4, 12, 999), limit=1)
    everything = tuple(range(len(release_world.MOVIES)))
    ranked = rank(replace(flow, sources=(Fixed(everything),)), request)
    drama = {m for m in release_world.MOVIES.tolist() if m % 4 == 0}
    assert set(ids(request, ranked)) == drama - rated_by(2).keys() - {4, 12}
    assert stage(ranked, "filter/already rated").dropped == {"already rated": 16}
    assert stage(ranked, "filter/excluded").dropped == {
        "excluded": len({4, 12} - rated_by(2).keys())
    }


def test_a_movie_remembers_every_source_that_found_it(flow, request_for):
    request = request_for(777, limit=2)
    sources = (Fixed((1, 2), "a"), Fixed((2, 3), "b"))
    ranked = rank(replace(flow, sources=sources, scorer=SignalScorer("popularity")), request)
    found = {
        int(item): (provenance[:2] > NOT_RETRIEVED).tolist()
        for item, provenance in zip(
            ranked.candidates.item_index, ranked.candidates.provenance.T, strict=True
        )
    }
    assert found == {1: [True, False], 2: [True, True], 3: [False, True]}
    assert (stage(ranked, "merge").before, stage(ranked, "merge").after) == (4, 3)


def test_no_candidates_at_all_is_an_empty_list(flow, request_for):
    nothing = replace(flow, sources=(), backfill=Fixed(()))
    assert len(rank(nothing, request_for(2)).candidates) == 0


def test_the_trace_has_each_stage_with_its_time(flow, request_for):
    ranked = rank(flow, request_for(2))
    names = [stage.name for stage in ranked.trace]
    assert names[: len(flow.sources)] == [f"source/{source.name}" for source in flow.sources]
    assert names[-1] == "score/signal:als"
    assert all(stage.milliseconds >= 0 for stage in ranked.trace)


def page(flow, request, offset, limit):
    """The movies of one page, and how many there are to page through."""
    asked = replace(request, query=replace(request.query, offset=offset, limit=limit))
    ranked = rank(flow, asked)
    return ids(request, ranked)[offset : offset + limit], ranked.total


@pytest.mark.parametrize("user_id", [2, 777])
def test_pages_never_repeat_or_lose_a_movie(request_for, user_id):
    """Few are recalled, so that most pages reach into the backfill; scores are relative to all."""
    few = home(FlowContext(SignalScorer("popularity")))
    few = replace(few, sources=(Fixed((70, 3, 41, 12, 55, 20, 33)),), rerankers=few.rerankers[:2])
    request = request_for(user_id)
    whole, total = page(few, request, 0, 1000)
    assert (
        total
        == len(whole)
        == len(set(whole))
        == len(release_world.MOVIES) - len(request.rated_items)
    )
    for size in (1, 6, 7):
        pages = [page(few, request, offset, size) for offset in range(0, total, size)]
        assert [movie for movies, _ in pages for movie in movies] == whole
        assert {count for _, count in pages} == {total}


def test_below_the_recalled_the_fallback_decides(flow, request_for):
    request = request_for(2, limit=1000)
    odd = [m for m in release_world.MOVIES.tolist() if m % 2 and m not in rated_by(2)][:2]
    found = Fixed(tuple(movie - 1 for movie in odd))
    ranked = rank(replace(flow, sources=(found,), scorer=Constant((1.0,))), request)
    first, rest = ids(request, ranked)[:2], ids(request, ranked)[2:]
    assert first == odd
    evens = [movie for movie in rest if movie % 2 == 0 and movie != release_world.UNRATED]
    assert rest[: len(evens)] == evens
    assert stage(ranked, "below/signal:als").after == len(rest)
    assert np.isnan(ranked.scores.components["constant"][2:]).all()
    assert not any(up[2:].any() for up in ranked.rank_changes.values())


def test_a_page_behind_the_last_is_empty_and_nothing_is_scored_for_it(flow, request_for):
    request = request_for(2, offset=10_000)
    ranked = rank(replace(flow, scorer=Broken(), fallback=Broken()), request)
    assert (len(ranked.candidates), ranked.total) == (0, len(release_world.MOVIES) - 16)
    assert not [stage for stage in ranked.trace if stage.name.startswith(("score/", "below/"))]


def test_sources_are_skipped_once_the_time_for_recall_is_spent(flow, request_for):
    sources = (Fixed((1, 2), "first"), Fixed((3,), "second"))
    spent = replace(flow, sources=sources, recall_milliseconds=0.0)
    ranked = rank(spent, request_for(777, limit=2))
    assert stage(ranked, "source/first").error is None
    assert stage(ranked, "source/second").error == "skipped: recall had 0 ms"
    assert set(ranked.candidates.item_index.tolist()) == {1, 2}


def test_a_query_keeps_to_years_and_to_what_enough_people_rated(flow, request_for):
    request = request_for(2, year_from=1940, year_to=1950, min_votes=2, limit=1)
    everything = tuple(range(len(release_world.MOVIES)))
    ranked = rank(replace(flow, sources=(Fixed(everything),)), request)
    movies = request.catalogue.movies_at(ranked.candidates.item_index)
    assert movies
    assert all(1940 <= movie.year <= 1950 and movie.rating_count >= 2 for movie in movies)
    assert stage(ranked, "filter/other years").dropped["other years"] > 0
