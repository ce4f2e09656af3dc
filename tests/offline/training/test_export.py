from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from sample_world import FEATURES, query_rows
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from training_list_world import drawn_ranker, query_lists

from offline.models.blocks.inputs import CONTEXT, SIGNALS, input_specs, list_specs
from offline.models.registry import MODELS, model_spec
from offline.ranker.list_model import EXPERTS, list_model
from offline.samples.sample_files import Samples
from offline.saved_model.export import export
from sparrow.features.declarations import PADDING, Entity, FeatureType
from sparrow.signals.context_features import CONTEXT as COLUMNS
from sparrow.signals.registry import NAMES

pytestmark = pytest.mark.tensorflow

SPEC = model_spec("embedding_mlp")


@pytest.fixture(scope="module")
def signatures(trained: Any) -> Any:
    loaded = tf.saved_model.load(str(trained.model))
    yield loaded.signatures
    del loaded


def scores(signature: Any, rows: dict[str, np.ndarray]) -> np.ndarray:
    return signature(**{name: tf.constant(values) for name, values in rows.items()})[
        "score"
    ].numpy()


def candidates(count: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The same list as `rank` takes it (one row of user and query) and row by row."""
    features, lists = query_rows(count), query_lists(count)
    movies = {f.name: features[f.name] for f in FEATURES.of(Entity.MOVIE)}
    movies[SIGNALS] = lists.pop(SIGNALS)
    user = {f.name: query_rows(1)[f.name] for f in FEATURES.of(Entity.USER, Entity.CONTEXT)}
    user |= lists
    return movies | user, movies | {n: np.repeat(v, count, axis=0) for n, v in user.items()}


def ranked(signature: Any, rows: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Score and components of the inputs that a signature takes."""
    taken = signature.structured_input_signature[1]
    found = signature(**{name: tf.constant(rows[name]) for name in taken})
    return found["score"].numpy(), found["components"].numpy()


def test_a_score_is_the_sum_of_what_every_signal_and_the_network_add(
    signatures: Any, trained: Any
) -> None:
    """And the same as Keras computes row by row."""
    model = drawn_ranker(Samples.open(trained.samples), SPEC, trained.config)
    once, repeated = candidates(50)
    score, components = ranked(signatures["rank"], once)
    assert score.shape == (50,)
    assert components.shape == (50, len(NAMES) + 1)
    assert score == pytest.approx(components.sum(axis=1), abs=1e-4)
    expected = model({name: repeated[name] for name in model.input}).numpy()
    np.testing.assert_allclose(components, expected, rtol=1e-4, atol=1e-5)
    assert (np.ptp(components, axis=0) > 0).all()


def test_serving_default_is_the_probability_of_a_like(signatures: Any) -> None:
    likely = scores(signatures["serving_default"], query_rows(50))
    assert likely.shape == (50,)
    assert ((likely >= 0) & (likely <= 1)).all()
    assert np.ptp(likely) > 0.01


def test_signatures_take_features_by_name(signatures: Any, trained: Any) -> None:
    everything = input_specs(FEATURES)
    list_inputs = input_specs(FEATURES, (Entity.USER, Entity.CONTEXT)) | list_specs(single=True)
    model = drawn_ranker(Samples.open(trained.samples), SPEC, trained.config)
    used = {name: list_inputs[name] for name in model.input}
    assert {SIGNALS, CONTEXT, "user_id", "movie_id"} < set(used)
    for name, expected in (("serving_default", everything), ("rank", used)):
        taken = signatures[name].structured_input_signature[1]
        assert {n: (s.shape, s.dtype) for n, s in taken.items()} == {
            n: (s.shape, s.dtype) for n, s in expected.items()
        }


def test_no_candidates_no_scores(signatures: Any) -> None:
    score, components = ranked(signatures["rank"], candidates(0)[0])
    assert score.shape == (0,)
    assert components.shape == (0, len(NAMES) + 1)


def test_the_users_history_is_looked_up_once(signatures: Any) -> None:
    """In `rank` ids and vectors of the history have one row, however many movies there are."""
    inlined = convert_variables_to_constants_v2(signatures["rank"]).graph
    shapes = [
        out.shape
        for operation in inlined.get_operations()
        for out in operation.outputs
        # numbers of rank 2 may be signals: there are as many as entries of a history
        if out.shape.rank and (out.shape.rank > 2 or (out.shape.rank == 2 and out.dtype.is_integer))
    ]
    of_history = [s for s in shapes if s[1] == FEATURES["user_recent_movies"].length]
    assert len(of_history) > 5
    assert all(shape[0] == 1 for shape in of_history)


@pytest.mark.parametrize(("build", "experts"), [("gated", EXPERTS), (None, 1)])
def test_a_ranker_of_signals_alone_needs_no_other_input(
    tmp_path: Path, trained: Any, build: str | None, experts: int
) -> None:
    """As the linear control: it predicts nothing either."""
    samples = Samples.open(trained.samples)
    scale = np.zeros(len(COLUMNS)), np.ones(len(COLUMNS))
    model = list_model(MODELS[build] if build else None, samples, scale, trained.config, experts)
    drawn = [np.random.default_rng(1).normal(size=w.shape) for w in model.get_weights()]
    model.set_weights(drawn)
    export(None, model, samples.features, tmp_path / "model")
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    assert set(loaded.signatures) == {"rank"}
    assert set(loaded.signatures["rank"].structured_input_signature[1]) == {SIGNALS, CONTEXT}
    once, repeated = candidates(20)
    score, components = ranked(loaded.signatures["rank"], once)
    expected = model({name: repeated[name] for name in model.input}).numpy()
    np.testing.assert_allclose(components, expected, rtol=1e-4, atol=1e-4)
    assert score == pytest.approx(components.sum(axis=1), abs=1e-3)


def test_a_model_without_a_ranker_has_no_such_signature(tmp_path: Path, trained: Any) -> None:
    samples = Samples.open(trained.samples)
    export(SPEC.model(samples, trained.config), None, samples.features, tmp_path / "model")
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    assert set(loaded.signatures) == {"serving_default"}


def test_saved_scores_are_the_models_scores(tmp_path: Path, trained: Any) -> None:
    samples = Samples.open(trained.samples)
    model = SPEC.model(samples, trained.config)
    rows = query_rows(20)
    before = tf.sigmoid(model(rows)[:, 0]).numpy()
    export(model, None, samples.features, tmp_path / "model")
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    assert scores(loaded.signatures["serving_default"], rows) == pytest.approx(before, abs=1e-6)


def test_what_is_unknown_survives(signatures: Any) -> None:
    rows = query_rows(4)
    for f in FEATURES.features:
        rows[f.name][:1] = f.default
        if f.kind is not FeatureType.NUMBER:
            rows[f.name][1:] = 10**15
    value = scores(signatures["serving_default"], rows)
    assert np.isfinite(value).all()
    assert value[0] != value[1]


def test_an_unknown_movie_is_the_same_as_any_other_unknown_one(signatures: Any) -> None:
    rows = {name: np.repeat(values[:1], 2, axis=0) for name, values in query_rows(1).items()}
    rows["movie_id"][:] = [10**6, 10**7]
    first, second = scores(signatures["serving_default"], rows)
    assert first == pytest.approx(second)


def test_what_was_watched_matters_and_stars_of_padding_do_not(signatures: Any) -> None:
    rows = {name: np.repeat(values[:1], 3, axis=0) for name, values in query_rows(1).items()}
    history, stars = rows["user_recent_movies"], rows["user_recent_ratings"]
    history[:], stars[:] = PADDING, np.nan
    stars[1] = 5.0
    for row, movies in enumerate([(2, 4, 6), (2, 4, 6), (1, 3, 5)]):
        history[row, :3], stars[row, :3] = movies, [5.0, 3.0, 4.0]
    value = scores(signatures["serving_default"], rows)
    assert value[1] == pytest.approx(value[0], abs=1e-6)
    odds = np.log(value / (1 - value))  # a sure score hides what its odds show
    assert odds[2] != pytest.approx(odds[0], abs=1e-2)
