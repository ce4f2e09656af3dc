"""One contract for every scorer, and what each of them alone must prefer."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import worlds
from online.scorers.blend import LIKE, SETTLED, Blend, Weights, weights_of
from sparrow.evidence import PERSONAL, standardised

from online.flow import Scores
from online.scorers.signal import SignalScorer
from sparrow.errors import ReleaseError
from sparrow.folds import DAY

pytestmark = pytest.mark.redis
KINDS = [
    "popularity",
    "embedding",
    "blend",
    pytest.param("savedmodel", marks=pytest.mark.tensorflow),
]


@pytest.fixture(scope="module")
def saved_model(modelled, serving):
    from online.scorers.savedmodel import SavedModelScorer

    return SavedModelScorer.load(
        "taste", modelled.model("taste"), modelled.features, serving.catalogue
    )


@pytest.fixture(params=KINDS)
def scorer(request):
    if request.param == "savedmodel":
        return request.getfixturevalue("saved_model")
    plain = {"popularity": SignalScorer("popularity"), "embedding": SignalScorer()}
    return plain.get(request.param) or Blend(SignalScorer(), weights_of({}, "taste"))


@pytest.mark.parametrize("user_id", [1, 2, 777, None])
@pytest.mark.parametrize("count", [0, 1, 3, 80])
def test_scores_every_candidate_once(scorer, request_for, user_id, count):
    positions = np.arange(count)
    scores = scorer(request_for(user_id), positions)
    assert scores.total.shape == (count,)
    assert all(part.shape == (count,) for part in scores.parts.values())


def test_a_movies_score_does_not_depend_on_its_place(scorer, request_for):
    request, positions = request_for(2), np.arange(20)
    there = scorer(request, positions).total
    back = scorer(request, positions[::-1].copy()).total
    np.testing.assert_allclose(there, back[::-1], rtol=1e-5)


@pytest.mark.tensorflow
def test_embedding_and_model_prefer_the_viewers_parity(saved_model, request_for):
    positions = np.arange(40)
    parity = worlds.MOVIES[positions] % 2
    for scorer in (
        saved_model,
        SignalScorer(),
        Blend(saved_model, Weights({"like": 1.0, "taste": 1.0})),
    ):
        for user_id in (1, 2):
            total = scorer(request_for(user_id), positions).total
            assert total[parity == user_id % 2].min() > total[parity != user_id % 2].max()


@pytest.mark.tensorflow
def test_the_model_gives_the_logit_of_what_the_signature_gives(saved_model, request_for, serving):
    request, positions = request_for(2), np.arange(80)
    taste = request.viewer.row["user_genre_taste"]
    expected = serving.catalogue.features["movie_genres"] @ taste
    np.testing.assert_allclose(saved_model(request, positions).total, expected, atol=1e-4)


@pytest.mark.tensorflow
def test_a_model_that_is_missing_or_broken_is_a_release_error(modelled, serving, tmp_path):
    from online.scorers.savedmodel import SavedModelScorer

    broken = tmp_path / "broken"
    shutil.copytree(modelled.model("taste"), broken)
    (broken / "saved_model.pb").write_bytes(b"not a model")
    for folder in (tmp_path / "missing", broken):
        with pytest.raises(ReleaseError, match="sparrow train"):
            SavedModelScorer.load("taste", folder, modelled.features, serving.catalogue)


def test_embedding_has_no_score_for_a_movie_without_a_vector(request_for):
    total = SignalScorer()(request_for(2), np.array([worlds.UNRATED - 1, 0])).total
    assert np.isnan(total).tolist() == [True, False]


def test_embedding_falls_back_to_popularity_for_a_viewer_without_a_vector(request_for, serving):
    scores = SignalScorer()(request_for(777), np.arange(5))
    np.testing.assert_allclose(scores.total, np.log1p(serving.catalogue.stats.count[:5]))
    assert set(scores.parts) == {"popularity"}


def test_a_blend_adds_up(request_for):
    weights = {"like": 2.0, "taste": 3.0, "popularity": 0.25}
    request, positions = request_for(1), np.arange(30)
    scores = Blend(SignalScorer("popularity"), Weights(weights))(request, positions)
    assert set(scores.parts) == set(weights)
    np.testing.assert_allclose(scores.total, sum(scores.parts.values()))
    np.testing.assert_allclose(scores.parts["taste"], 3 * request.evidence("taste", positions))
    assert scores.parts["like"].mean() == pytest.approx(0, abs=1e-9)
    assert scores.parts["like"].std() == pytest.approx(2)


class TwoTasks:
    """A model that also says what is watched: the later movies."""

    name = "two"

    def __call__(self, request, positions):
        like = -positions.astype(float)
        return Scores(like, {"like": like, "watch": positions * 2.0})


def test_a_model_of_two_tasks_combines_watching_and_liking(request_for):
    weights = weights_of(
        {"weight_like_two": 1.0, "weight_watch_two": 3.0, "weight_year": 1.0}, "two"
    )
    request, positions = request_for(1), np.arange(30)
    verdicts = Weights({name: weights.settled[name] for name in ("like", "watch")})
    scores = Blend(TwoTasks(), verdicts)(request, positions)
    assert np.argmax(scores.total) == 29
    np.testing.assert_allclose(scores.parts["watch"], -3 * scores.parts["like"])


def test_a_model_without_a_number_ranks_nothing(request_for):
    class Broken(TwoTasks):
        def __call__(self, request, positions):
            nothing = np.full(len(positions), np.nan)
            return Scores(nothing, {"like": nothing})

    total = Blend(Broken(), Weights({"like": 1.0, "taste": 1.0}))(
        request_for(1), np.arange(5)
    ).total
    assert np.isnan(total).all()


def test_a_viewer_without_a_history_has_no_personal_evidence(request_for):
    weights = dict.fromkeys(PERSONAL, 1.0)
    parts = Blend(SignalScorer("popularity"), Weights(weights))(
        request_for(777), np.arange(30)
    ).parts
    assert not any(parts[name].any() for name in PERSONAL)


def test_taste_prefers_the_viewers_parity(request_for):
    rated = worlds.MOVIES != worlds.UNRATED
    for user_id in (1, 2):
        evidence = request_for(user_id).evidence("taste", np.arange(len(worlds.MOVIES)))
        own = user_id % 2 == worlds.MOVIES % 2
        assert evidence[own & rated].min() > evidence[~own & rated].max()


@pytest.mark.parametrize("parity", [0, 1])
def test_movies_of_a_history_speak_for_movies_watched_with_them(serving, parity):
    relations = serving.catalogue.similarity
    history = np.flatnonzero(parity == worlds.MOVIES % 2)[:6]
    support = relations.support(history, np.ones(len(history)))
    others = np.setdiff1d(np.arange(len(worlds.MOVIES)), history)
    own = worlds.MOVIES[others] % 2 == parity
    assert support[others][own].mean() > support[others][~own].mean() + 0.05
    strongest = relations.strongest(history, others)
    assert np.isin(strongest[strongest >= 0], history).all()
    expected = relations.weights[np.ix_(history, others)]
    np.testing.assert_allclose(support[others], expected.sum(axis=0), rtol=1e-5)


def test_weights_come_from_the_release_and_those_of_nothing_are_left_out():
    weights = weights_of(
        {"weight_taste": 9.0, "weight_year": 0.0, "diversity": 1.0, "weight_watch_other": 1.0},
        "own",
    )
    assert weights.of(SETTLED, 0) == weights.of(0, 0) == {"like": LIKE, "taste": 9.0}


def test_a_release_without_weights_ranks_by_model_and_taste():
    assert set(weights_of({}, "taste").of(3, 0)) == {"like", "taste"}


def test_newcomers_have_weights_of_their_own_that_turn_into_everybodys():
    parameters = {"weight_taste": 2.0, "weight_popularity@1": 3.0, "weight_taste@10": 1.0}
    weights = weights_of(parameters, "own")
    assert weights.of(0, 0) == weights.of(1, 0) == {"like": LIKE, "popularity": 3.0}
    assert weights.of(10, 0) == {"like": LIKE, "taste": 1.0}
    assert weights.of(SETTLED, 0) == weights.of(500, 0) == {"like": LIKE, "taste": 2.0}
    taste = [weights.of(count, 0).get("taste", 0.0) for count in range(30)]
    assert taste == sorted(taste)
    popular = [weights.of(count, 0).get("popularity", 0.0) for count in range(30)]
    assert popular == sorted(popular, reverse=True)
    assert 0 < weights.of(4, 0)["popularity"] < 3


def test_viewers_who_are_here_now_or_hardly_come_back_have_weights_of_their_own():
    parameters = {
        "weight_week": 1.0,
        "weight_taste@next": 2.0,
        "weight_popularity@10": 1.0,
        "return_days": 7.0,
    }
    weights = weights_of(parameters, "own")
    assert weights.of(SETTLED, DAY) == weights.of(SETTLED, 7 * DAY) == {"like": LIKE, "week": 1.0}
    for away in (-1, 7 * DAY + 1):
        assert weights.of(SETTLED, away) == {"like": LIKE, "taste": 2.0}
        assert set(weights.of(SETTLED - 1, away)) == {"like", "taste", "popularity"}
    everybody = {key: value for key, value in parameters.items() if key != "return_days"}
    assert weights_of(everybody, "own").of(SETTLED, -1) == {"like": LIKE, "week": 1.0}


def test_a_rating_since_the_release_lets_the_list_go_on_from_there(request_for):
    request, positions = request_for(1), np.arange(30)
    assert request.away == worlds.AS_OF - request.viewer.history["timestamp"].max() > 0
    weights = Weights({"year": 1.0}, next={"taste": 1.0}, return_within=1e12)
    assert set(Blend(SignalScorer("popularity"), weights)(request, positions).parts) == {"year"}
    rated = np.append(request.viewer.history, request.viewer.history[-1:])
    rated["timestamp"][-1] = request.catalogue.as_of + 1
    since = replace(request, viewer=replace(request.viewer, history=rated))
    assert since.away == -1
    assert set(Blend(SignalScorer("popularity"), weights)(since, positions).parts) == {"taste"}
    here = replace(request, query=replace(request.query, here=True))
    assert set(Blend(SignalScorer("popularity"), weights)(here, positions).parts) == {"taste"}
    nobody = request_for(777)
    assert set(Blend(SignalScorer("popularity"), weights)(nobody, positions).parts) == {"year"}


def test_a_session_looks_at_the_recent_history_for_newcomers_too():
    weights = Weights(
        {"co_rated": 2.0},
        {1: {"co_rated": 1.0, "co_rated_lately": 0.5}},
        {"co_rated": 3.0},
        return_within=1.0,
    )
    moved = Blend(SignalScorer("popularity"), weights).lately().weights
    assert moved.of(0, 0) == {"co_rated_lately": 1.5}
    assert moved.of(SETTLED, 0) == {"co_rated_lately": 2.0}
    assert moved.of(SETTLED, -1) == {"co_rated_lately": 3.0}


def test_what_is_unknown_is_no_evidence_either_way():
    np.testing.assert_allclose(standardised(np.array([1.0, 3.0, np.nan])), [-1, 1, 0])
    assert standardised(np.array([5.0, 5.0])).tolist() == [0, 0]
    assert standardised(np.array([np.nan, np.nan])).tolist() == [0, 0]
