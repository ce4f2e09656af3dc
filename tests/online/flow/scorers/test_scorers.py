"""One contract for every scorer, and what each of them alone must prefer."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import release_world
from ranker_files import like_specs, save_ranker

from online.flow.scorers.signal_scorer import SignalScorer
from sparrow.errors import ReleaseError
from sparrow.features.folds import context_rows
from sparrow.signals.context_features import context_features
from sparrow.signals.list_features import list_features
from sparrow.signals.registry import NAMES

pytestmark = pytest.mark.redis
WEIGHTS = {"als": 2.0, "ease": 0.5}  # of the model `taste`
KINDS = [
    "als",
    "ease",
    "popularity",
    pytest.param("ranker", marks=pytest.mark.tensorflow),
]


@pytest.fixture(scope="module")
def ranker(modelled, serving):
    from online.flow.scorers.ranker import RankerScorer

    return RankerScorer.load("taste", modelled.model("taste"), modelled.features, serving.catalogue)


@pytest.fixture(scope="module")
def gated(modelled, serving, tmp_path_factory):
    """A ranker without features of users and movies, whose weights the context moves."""
    from online.flow.scorers.ranker import RankerScorer

    folder = tmp_path_factory.mktemp("gated") / "1"
    save_ranker(folder, modelled.features, {"popularity": 1.0}, gate=2.0)
    return RankerScorer.load("gated", folder, modelled.features, serving.catalogue)


@pytest.fixture(params=KINDS)
def scorer(request):
    if request.param == "ranker":
        return request.getfixturevalue("ranker")
    return SignalScorer(request.param)


@pytest.mark.parametrize("user_id", [1, 2, 777, None])
@pytest.mark.parametrize("count", [0, 1, 3, 80])
def test_scores_every_candidate_once(scorer, request_for, user_id, count):
    item_index = np.arange(count)
    scores = scorer(request_for(user_id), item_index)
    assert scores.total.shape == (count,)
    assert all(part.shape == (count,) for part in scores.components.values())


def test_a_movies_score_does_not_depend_on_its_place(scorer, request_for):
    request, item_index = request_for(2), np.arange(20)
    there = scorer(request, item_index).total
    back = scorer(request, item_index[::-1].copy()).total
    np.testing.assert_allclose(there, back[::-1], rtol=1e-5)


@pytest.mark.tensorflow
def test_signals_and_the_ranker_prefer_the_users_parity(ranker, request_for):
    item_index = np.arange(40)
    parity = release_world.MOVIES[item_index] % 2
    for scorer in (ranker, SignalScorer("als"), SignalScorer("ease")):
        for user_id in (1, 2):
            total = scorer(request_for(user_id), item_index).total
            own = parity == user_id % 2
            assert own[np.argsort(-total)[:5]].all()
            assert total[own].mean() > total[~own].mean()


def expected_components(request, item_index, gate=1.0):
    """(signals, n): value and rank half and half, by `save_ranker`."""
    signals = request.signals
    both = list_features(signals.raw(item_index)).reshape(2, len(NAMES), -1).mean(axis=0)
    return both * gate * np.array([WEIGHTS.get(name, 0.0) for name in NAMES])[:, None]


@pytest.mark.tensorflow
@pytest.mark.parametrize("user_id", [2, 777])
def test_the_parts_are_what_the_signature_gives_for_each_signal(ranker, request_for, user_id):
    request, item_index = request_for(user_id), np.arange(5, 70)
    scores = ranker(request, item_index)
    expected = expected_components(request, item_index)
    assert list(scores.components) == [*NAMES, "model"]
    np.testing.assert_allclose([scores.components[name] for name in NAMES], expected, atol=1e-5)
    taste = request.catalogue.features["movie_genres"] @ request.user.row["user_genre_taste"]
    np.testing.assert_allclose(scores.components["model"], 0.5 * taste[item_index], atol=1e-5)
    np.testing.assert_allclose(sum(scores.components.values()), scores.total, atol=1e-4)
    assert np.abs(expected).max() > 0.1 or user_id == 777


@pytest.mark.tensorflow
def test_the_context_reaches_the_ranker_and_nothing_else_is_asked(gated, request_for):
    assert gated.inputs == {"signals", "context"}
    item_index = np.arange(30)
    known, newcomer = (gated(request_for(user), item_index) for user in (2, None))
    np.testing.assert_allclose(newcomer.total, 3 * known.total, rtol=1e-5)
    stranger = request_for(None)
    assert context_features(stranger.signals.fitted, stranger.history)[-1] == 1


@pytest.mark.tensorflow
def test_likes_are_what_serving_default_gives(ranker, modelled, request_for):
    import tensorflow as tf

    request, item_index = request_for(2), np.array([3, 70, 5, 5])
    rows = {f.name: request.user.row[f.name] for f in modelled.features.features
            if f.name in request.user.row.dtype.names}  # fmt: skip
    rows |= {n: v[0] for n, v in context_rows(np.array([request.history.at])).items()}
    pairs = {name: np.repeat(value[None], len(item_index), axis=0) for name, value in rows.items()}
    pairs |= {name: values[item_index] for name, values in request.catalogue.features.items()}
    signature = tf.saved_model.load(str(modelled.model("taste"))).signatures["serving_default"]
    specs = like_specs(modelled.features)
    answer = signature(**{name: tf.constant(pairs[name], specs[name].dtype) for name in specs})
    found = ranker.likes(request, item_index)
    np.testing.assert_allclose(found, answer["score"].numpy(), atol=1e-6)
    assert np.ptp(found) > 0.1


@pytest.mark.tensorflow
def test_a_model_that_is_missing_or_broken_is_a_release_error(modelled, serving, tmp_path):
    from online.flow.scorers.ranker import RankerScorer

    broken = tmp_path / "broken"
    shutil.copytree(modelled.model("taste"), broken)
    (broken / "saved_model.pb").write_bytes(b"not a model")
    for folder in (tmp_path / "missing", broken):
        with pytest.raises(ReleaseError, match="sparrow train"):
            RankerScorer.load("taste", folder, modelled.features, serving.catalogue)


@pytest.mark.tensorflow
def test_a_model_of_other_signals_or_features_is_a_release_error(
    modelled, serving, tmp_path, monkeypatch
):
    from online.flow.scorers import ranker

    features = modelled.features
    fewer = replace(features, features=tuple(f for f in features.features if f.name != "user_age"))
    with pytest.raises(ReleaseError, match="asks for \\['user_age'\\]"):
        ranker.RankerScorer.load("taste", modelled.model("taste"), fewer, serving.catalogue)
    monkeypatch.setattr(ranker, "NAMES", NAMES[:-1])
    with pytest.raises(ReleaseError, match=f"but it was trained with {2 * len(NAMES)}"):
        ranker.RankerScorer.load("taste", modelled.model("taste"), features, serving.catalogue)


def test_a_signal_has_no_value_for_a_movie_that_it_does_not_know(request_for):
    total = SignalScorer("als")(request_for(2), np.array([release_world.UNRATED - 1, 0])).total
    assert np.isnan(total).tolist() == [True, False]


@pytest.mark.parametrize("signal", ["als", "ease", "two_tower"])
def test_a_signal_that_knows_nothing_of_a_user_leaves_it_to_popularity(
    request_for, serving, signal
):
    scores = SignalScorer(signal)(request_for(777), np.arange(5))
    np.testing.assert_allclose(scores.total, np.log1p(serving.catalogue.stats.count[:5]))
    assert set(scores.components) == {"popularity"}
    assert SignalScorer(signal).name == f"signal:{signal}"
