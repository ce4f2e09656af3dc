from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from sample_world import FEATURES, query_rows

from offline.models.inputs import input_specs
from offline.models.registry import model_spec
from offline.training.dataset import Samples
from offline.training.export import export
from sparrow.features import PADDING, Entity, Kind

pytestmark = pytest.mark.tensorflow


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
    """The same viewer and movies as `rank` takes them (one viewer row) and row by row."""
    rows = query_rows(count)
    movies = {f.name: rows[f.name] for f in FEATURES.of(Entity.MOVIE)}
    viewer = {f.name: rows[f.name][:1] for f in FEATURES.of(Entity.USER, Entity.CONTEXT)}
    return movies | viewer, movies | {n: np.repeat(v, count, axis=0) for n, v in viewer.items()}


def test_both_signatures_give_the_same_probabilities(signatures: Any) -> None:
    once, repeated = candidates(50)
    ranked = scores(signatures["rank"], once)
    assert ranked.shape == (50,)
    assert ((ranked >= 0) & (ranked <= 1)).all()
    assert np.ptp(ranked) > 0.01
    assert ranked == pytest.approx(scores(signatures["serving_default"], repeated), abs=1e-6)


def test_signatures_take_every_feature_by_name(signatures: Any) -> None:
    for name, single in (("serving_default", ()), ("rank", (Entity.USER, Entity.CONTEXT))):
        taken = signatures[name].structured_input_signature[1]
        expected = input_specs(FEATURES, single)
        assert {n: (s.shape, s.dtype) for n, s in taken.items()} == {
            n: (s.shape, s.dtype) for n, s in expected.items()
        }


def test_no_candidates_no_scores(signatures: Any) -> None:
    assert scores(signatures["rank"], candidates(0)[0] | candidates(1)[0] | {
        f.name: query_rows(0)[f.name] for f in FEATURES.of(Entity.MOVIE)
    }).shape == (0,)  # fmt: skip


def test_the_viewers_history_is_looked_up_once(trained: Any) -> None:
    """In `rank` no tensor has a row per movie and a column per history entry."""
    signature = tf.saved_model.load(str(trained.model)).signatures["rank"]
    length = FEATURES["user_recent_movies"].length
    grown = [
        out.name
        for op in signature.graph.get_operations()
        for out in op.outputs
        if out.shape.rank
        and out.shape.rank >= 2
        and out.shape[0] is None
        and out.shape[1] == length
    ]
    assert grown == []


def test_saved_scores_are_the_models_scores(tmp_path: Path, trained: Any) -> None:
    samples = Samples.open(trained.samples)
    model = model_spec("embedding_mlp").model(samples, trained.config)
    rows = query_rows(20)
    before = tf.sigmoid(model(rows)[:, 0]).numpy()
    export(model, samples.features, tmp_path / "model")
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    assert scores(loaded.signatures["serving_default"], rows) == pytest.approx(before, abs=1e-6)


def test_what_is_unknown_survives(signatures: Any) -> None:
    rows = query_rows(4)
    for f in FEATURES.features:
        rows[f.name][:1] = f.default
        if f.kind is not Kind.NUMBER:
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
    history, stars = rows["user_recent_movies"], rows["user_recent_stars"]
    history[:], stars[:] = PADDING, np.nan
    stars[1] = 5.0
    for row, movies in enumerate([(2, 4, 6), (2, 4, 6), (1, 3, 5)]):
        history[row, :3], stars[row, :3] = movies, [5.0, 3.0, 4.0]
    value = scores(signatures["serving_default"], rows)
    assert value[1] == pytest.approx(value[0], abs=1e-6)
    odds = np.log(value / (1 - value))  # a sure score hides what its odds show
    assert odds[2] != pytest.approx(odds[0], abs=1e-2)
