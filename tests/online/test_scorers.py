"""One contract for every scorer, and what each of them alone must prefer."""

import shutil

import numpy as np
import pytest
import worlds

from online.scorers.blend import Blend, Weights, standardised
from online.scorers.embedding import EmbeddingScorer
from online.scorers.popularity import PopularityScorer
from sparrow.errors import ReleaseError

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
    plain = {"popularity": PopularityScorer(), "embedding": EmbeddingScorer()}
    return plain.get(request.param) or Blend(EmbeddingScorer(), Weights())


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
    for scorer in (saved_model, EmbeddingScorer(), Blend(saved_model, Weights(popularity=0))):
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
    total = EmbeddingScorer()(request_for(2), np.array([worlds.UNRATED - 1, 0])).total
    assert np.isnan(total).tolist() == [True, False]


def test_embedding_falls_back_to_popularity_for_a_viewer_without_a_vector(request_for, serving):
    scores = EmbeddingScorer()(request_for(777), np.arange(5))
    np.testing.assert_allclose(scores.total, np.log1p(serving.catalogue.figures.count[:5]))
    assert set(scores.parts) == {"popularity"}


def test_blend_is_the_weighted_sum_of_its_parts(request_for):
    weights = Weights(like=2, taste=3, popularity=0.25)
    scores = Blend(PopularityScorer(), weights)(request_for(1), np.arange(30))
    expected = 2 * scores.parts["like"] + 3 * scores.parts["taste"]
    np.testing.assert_allclose(scores.total, expected + 0.25 * scores.parts["popularity"])
    assert scores.parts["like"].mean() == pytest.approx(0, abs=1e-9)
    assert scores.parts["like"].std() == pytest.approx(1)


def test_a_viewer_without_a_vector_has_no_taste(request_for):
    parts = Blend(PopularityScorer(), Weights())(request_for(777), np.arange(30)).parts
    assert not parts["taste"].any()


def test_weights_come_from_the_release():
    assert Weights.of({"weight_taste": 9.0, "diversity": 1.0}) == Weights(taste=9.0)


def test_standardised_leaves_out_what_is_not_finite():
    values = standardised(np.array([1.0, 3.0, np.nan, np.inf]))
    np.testing.assert_allclose(values, [-1, 1, np.nan, np.nan])
    assert standardised(np.array([5.0, 5.0])).tolist() == [0, 0]
