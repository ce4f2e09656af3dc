"""One contract for every recall channel, and what each of them alone must find."""

import numpy as np
import pytest
import worlds
from online.sources.co_rated import CoRated
from online.sources.similar_to_recent import SimilarToRecent
from sparrow.evidence import HALF_LIFE
from worlds import rated_by

from online.channel import channels
from online.flows.home import home
from online.flows.shared import Given
from online.scorers.signal import SignalScorer
from online.sources.latest import Latest
from online.sources.nearest_to_user import NearestToUser
from online.sources.popular import Popular
from online.sources.top_in_genres import TopInGenres

pytestmark = pytest.mark.redis
RELEASED = channels(("item2vec", "als", "deepwalk"), ("ease", "cosine"))
CHANNELS = (*RELEASED, *home(Given(None, SignalScorer("popularity"))).channels[-1:])


@pytest.fixture(params=CHANNELS, ids=lambda source: source.name)
def source(request):
    return request.param


@pytest.mark.parametrize("user_id", [1, 2, 777, None])
def test_finds_existing_movies_once_that_the_viewer_has_not_rated(source, request_for, user_id):
    request = request_for(user_id)
    found = source(request)
    assert found.positions.dtype == np.int64
    assert len(np.unique(found.positions)) == len(found.positions)
    assert ((found.positions >= 0) & (found.positions < len(request.catalogue))).all()
    assert not np.isin(found.positions, request.seen).any()
    assert found.causes is None or len(found.causes) == len(found.positions)


def test_is_the_same_every_time(source, request_for):
    first, second = source(request_for(2)), source(request_for(2))
    assert first.positions.tolist() == second.positions.tolist()


def test_keeps_to_the_genre_that_was_asked_for(source, request_for):
    request = request_for(2, genre="Drama")
    assert request.scope.mask[source(request).positions].all()


def test_says_why_in_a_sentence(source, request_for):
    request = request_for(2)
    found = source(request)
    causes = found.causes if found.causes is not None else [-1]
    for cause in causes:
        assert source.reason(request, int(cause)).strip()


def test_each_embedding_and_similarity_of_a_release_is_a_channel():
    names = [source.name for source in RELEASED]
    own = [source.name for source in channels()]
    assert names == [*own, "nearest-to-user-deepwalk", "co-rated-cosine"]
    measured = {s.name: s.cosine for s in RELEASED if isinstance(s, NearestToUser)}
    assert measured == {
        "nearest-to-user-two_tower": False,
        "nearest-to-user-als": False,
        "nearest-to-user-item2vec": True,
        "nearest-to-user-deepwalk": True,
    }


@pytest.mark.parametrize("lately", [False, True])
@pytest.mark.parametrize("user_id", [1, 2])
def test_co_rated_by_a_name_sums_its_weights(request_for, user_id, lately):
    request = request_for(user_id)
    found = CoRated(lately=lately, similarity="cosine", size=10)(request)
    weights = request.catalogue.similarities["cosine"].weights
    events = np.arange(len(request.seen))[::-1]
    support = (0.5 ** (events / HALF_LIFE) if lately else events**0) @ weights[request.seen]
    best = np.sort(support[request.eligible])[::-1][:10]
    np.testing.assert_allclose(support[found.positions], best, atol=1e-6)
    assert not len(CoRated(similarity="magic")(request).positions)


def test_co_rated_gives_only_liked_movies_as_its_reasons(request_for):
    request = request_for(2)
    stars = dict(zip(request.seen.tolist(), request.viewer.history["rating"], strict=True))
    assert min(stars.values()) < request.catalogue.like_threshold
    causes = CoRated()(request).causes
    assert (causes >= 0).any()
    assert all(stars[c] >= request.catalogue.like_threshold for c in causes.tolist() if c >= 0)


@pytest.mark.parametrize("embedding", ["als", "item2vec"])
@pytest.mark.parametrize("user_id", [1, 2])
def test_nearest_to_user_finds_the_viewers_own_parity_first(request_for, user_id, embedding):
    request = request_for(user_id)
    unseen = [m for m in worlds.MOVIES if m % 2 == user_id % 2 and m not in rated_by(user_id)]
    own = len(unseen) - (worlds.UNRATED in unseen)
    found = NearestToUser(embedding, cosine=embedding == "item2vec")(request)
    assert (request.catalogue.ids[found.positions[:own]] % 2 == user_id % 2).all()
    assert worlds.UNRATED not in request.catalogue.ids[found.positions]


def test_similar_to_recent_names_the_liked_movie_that_led_there(request_for):
    request = request_for(2)
    source, catalogue = SimilarToRecent(), request.catalogue
    found = source(request)
    liked = {movie for movie, stars in rated_by(2).items() if stars >= 3.5}
    assert set(catalogue.ids[found.causes]) <= liked
    for position, cause in zip(found.positions, found.causes, strict=True):
        near, _ = catalogue.vectors["item2vec"].neighbours(int(cause), source.neighbours)
        assert position in near
    movie = catalogue.movies[found.causes[0]]
    stars = request.viewer.scores[movie.movie_id]
    assert source.reason(request, int(found.causes[0])) == (
        f"Because you rated {movie.title} ★{stars:g}"
    )


def test_similar_to_recent_keeps_the_closest_pair(request_for):
    request = request_for(2)
    found = SimilarToRecent(liked=50)(request)
    vectors = request.catalogue.vectors["item2vec"]
    recent = request.catalogue.positions(request.liked)
    for position, cause in zip(found.positions[:10], found.causes[:10], strict=True):
        cosine = vectors.cosine(vectors.matrix[position])
        assert cosine[cause] == pytest.approx(cosine[recent].max())


@pytest.mark.parametrize(("user_id", "genre"), [(1, "Film-Noir"), (2, "Comedy")])
def test_top_in_genres_knows_the_favourite(request_for, user_id, genre):
    request = request_for(user_id)
    source = TopInGenres(genres=1)
    found = source(request)
    positions = found.positions[: len(found.positions)]
    assert request.catalogue.in_genre(request.catalogue.genre_names[found.causes[0]])[
        positions
    ].all()
    everything = TopInGenres()(request)
    reasons = {source.reason(request, int(cause)) for cause in everything.causes}
    assert f"Fits your taste for {genre}" in reasons


def test_popular_is_ordered_by_votes(request_for):
    request = request_for(None)
    votes = request.catalogue.stats.count[Popular()(request).positions]
    assert (np.diff(votes) <= 0).all()


def test_latest_is_ordered_by_year(request_for):
    request = request_for(None)
    years = request.catalogue.stats.year[Latest()(request).positions]
    assert (np.diff(years) <= 0).all()
    assert years[0] == worlds.year(80)


def test_nobody_in_particular_gets_no_personal_candidates(request_for):
    for source in (SimilarToRecent(), TopInGenres(), NearestToUser()):
        assert len(source(request_for(None)).positions) == 0
