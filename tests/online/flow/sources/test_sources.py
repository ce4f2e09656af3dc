"""One contract for every candidate_sources source, and what each of them alone must find."""

from dataclasses import replace

import numpy as np
import pytest
import release_world
from release_world import rated_by

from online.batch.single_source import source_names
from online.flow.flows.home import home
from online.flow.flows.shared import FlowContext
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.sources.chart_source import ChartSource
from online.flow.sources.latest import Latest
from online.flow.sources.nearest_to_user import NearestToUser
from online.flow.sources.signal_source import SignalSource, signal_sources
from online.flow.sources.top_in_genres import TopInGenres
from online.reason import Reason
from sparrow.features.declarations import HISTORY_LENGTH
from sparrow.signals.candidate_pool import candidate_pool
from sparrow.signals.registry import SIGNALS, UserSignals
from sparrow.vectors.item_vectors import ItemVectors

pytestmark = pytest.mark.redis
RELEASED = source_names(("item2vec", "als", "deepwalk"))
CHANNELS = (*RELEASED, *home(FlowContext(SignalScorer("popularity"))).all_sources[-1:])


@pytest.fixture(params=CHANNELS, ids=lambda source: source.name)
def source(request):
    return request.param


@pytest.mark.parametrize("user_id", [1, 2, 777, None])
def test_finds_existing_movies_once_that_the_user_has_not_rated(source, request_for, user_id):
    request = request_for(user_id)
    found = source(request)
    assert found.item_index.dtype == np.int64
    assert len(np.unique(found.item_index)) == len(found.item_index)
    assert ((found.item_index >= 0) & (found.item_index < len(request.catalogue))).all()
    assert not np.isin(found.item_index, request.rated_items).any()
    assert found.provenance is None or len(found.provenance) == len(found.item_index)


def test_is_the_same_every_time(source, request_for):
    first, second = source(request_for(2)), source(request_for(2))
    assert first.item_index.tolist() == second.item_index.tolist()


def test_keeps_to_the_genre_that_was_asked_for(source, request_for):
    request = request_for(2, genre="Drama")
    assert request.subset.mask[source(request).item_index].all()


def test_what_it_claims_of_a_movie_is_a_sentence(source, request_for):
    request = request_for(2)
    found = source(request)
    provenance = found.provenance if found.provenance is not None else [-1]
    for cause in provenance:
        reason = source.reason(request, int(cause))
        assert reason is None or reason.text.strip()


def test_each_embedding_of_a_release_that_is_no_signal_is_a_channel():
    own = [source.name for source in source_names()]
    others = ["nearest-to-user-item2vec", "nearest-to-user-deepwalk"]
    assert [source.name for source in RELEASED] == [*own, *others]
    assert set(own) >= {signal.name for signal in SIGNALS if signal.head}


@pytest.mark.parametrize("user_id", [1, 2, 777])
@pytest.mark.parametrize("genre", [None, "Drama"])
def test_the_signals_heads_are_the_candidates_that_rankers_are_trained_on(
    request_for, user_id, genre
):
    request = request_for(user_id, genre=genre)
    found = np.unique(
        np.concatenate(
            [
                source(request).item_index
                for source in home(FlowContext(SignalScorer())).sources
                if isinstance(source, SignalSource)
            ]
        )
    )
    signals = UserSignals(request.catalogue.fitted, request.history)
    assert found.tolist() == candidate_pool(signals, request.eligible).tolist()


@pytest.mark.parametrize("source", signal_sources(), ids=lambda source: source.name)
def test_a_signals_head_has_its_largest_values(request_for, source):
    request = request_for(2)
    values = request.signals.at(source.name, np.flatnonzero(request.eligible))
    found = request.signals.at(source.name, source(request).item_index)
    assert len(found) == min(source.signal.head, np.count_nonzero(~np.isnan(values)))
    np.testing.assert_array_equal(found, np.sort(values[~np.isnan(values)])[::-1][: len(found)])


def test_no_two_sources_have_one_name():
    assert len({source.name for source in CHANNELS}) == len(CHANNELS)


@pytest.mark.parametrize("user_id", [1, 2])
def test_als_finds_the_users_own_parity_first(request_for, user_id):
    request = request_for(user_id)
    unseen = [
        m for m in release_world.MOVIES if m % 2 == user_id % 2 and m not in rated_by(user_id)
    ]
    own = len(unseen) - (release_world.UNRATED in unseen)
    (als,) = (source for source in signal_sources() if source.name == "als")
    found = als(request).item_index
    assert (request.catalogue.ids[found[:own]] % 2 == user_id % 2).all()
    assert release_world.UNRATED not in request.catalogue.ids[found]


@pytest.mark.parametrize("embedding", ["deepwalk", "als_explicit"])
def test_nearest_to_user_goes_by_the_mean_of_likes_or_by_the_releases_vector(
    request_for, embedding
):
    request = request_for(2)
    known = request.catalogue.vectors["item2vec"]
    random = np.random.default_rng(3).normal(size=known.matrix.shape).astype(np.float32)
    vectors = {**request.catalogue.vectors, embedding: ItemVectors(random, known.known)}
    user = random[request.liked[-HISTORY_LENGTH:]].mean(axis=0)
    request = replace(
        request,
        catalogue=replace(request.catalogue, vectors=vectors),
        user=replace(request.user, vectors={"als_explicit": random[5]}),
    )
    found = NearestToUser(embedding, size=10)(request).item_index
    fit = random @ (user if embedding == "deepwalk" else random[5])
    fit = fit / np.linalg.norm(random, axis=1) if embedding == "deepwalk" else fit
    best = np.argsort(-np.where(request.eligible & known.known, fit, -np.inf))[:10]
    assert found.tolist() == best.tolist()
    assert not len(NearestToUser("magic")(request).item_index)


@pytest.mark.parametrize(("user_id", "genre"), [(1, "Film-Noir"), (2, "Comedy")])
def test_top_in_genres_knows_the_favourite(request_for, user_id, genre):
    request = request_for(user_id)
    found = TopInGenres(genres=1)(request).item_index
    assert request.catalogue.in_genre(genre)[found].all()


def test_the_backfill_is_ordered_by_votes(request_for):
    request = request_for(None)
    votes = request.catalogue.stats.count[
        ChartSource("popular", 100, "popular")(request).item_index
    ]
    assert (np.diff(votes) <= 0).all()


def test_latest_is_ordered_by_year(request_for):
    request = request_for(None)
    years = request.catalogue.stats.year[Latest()(request).item_index]
    assert (np.diff(years) <= 0).all()
    assert years[0] == release_world.year(80)
    assert Latest().reason(request, 1970) == Reason("released", {"year": "1970"})


def test_nobody_in_particular_gets_no_personal_candidates(request_for):
    request = request_for(None)
    personal = {"ease", "als", "item2vec", "after_last", "content"}
    sources = [source for source in signal_sources() if source.name in personal]
    for source in (*sources, TopInGenres(), NearestToUser("als_explicit")):
        assert len(source(request).item_index) == 0
