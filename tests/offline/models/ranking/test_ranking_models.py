"""What every ranking model must do; each is trained once, on the checkerboard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from sample_world import FEATURES
from training_list_world import by, query_lists, ranking

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.inputs import CONTEXT, SIGNALS, input_arrays, input_specs
from offline.models.registry import MODELS, ModelSpec, model_spec
from offline.ranker.list_model import list_model
from offline.ranker.list_trainer import Fold, train_network
from offline.samples.sample_files import Samples
from offline.training.evaluate_model import evaluate_model
from offline.training.loop.trainer import train
from sparrow.errors import ConfigurationError
from sparrow.features.declarations import PADDING, Entity, FeatureType

pytestmark = pytest.mark.tensorflow

LINEAR = {"lr"}  # sees no pairs, and so no board


@dataclass(frozen=True)
class Exported:
    name: str
    folder: Path
    signatures: Any
    loaded: Any  # owns the variables
    samples: Samples
    ranker: keras.Model  # what `rank` was made of

    def rows(self, count: int) -> dict[str, np.ndarray]:
        """The first `count` rows of the test part."""
        batch = next(self.samples.batches("test")).slice(0, count)
        return {n: v.copy() for n, v in input_arrays(batch, input_specs(FEATURES)).items()}

    def scores(self, rows: dict[str, np.ndarray]) -> np.ndarray:
        inputs = {name: tf.constant(values) for name, values in rows.items()}
        return self.signatures["serving_default"](**inputs)["score"].numpy()

    def ranked(self, rows: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Score and components, of the inputs that the ranker takes."""
        inputs = {name: tf.constant(rows[name]) for name in self.ranker.input}
        found = self.signatures["rank"](**inputs)
        return found["score"].numpy(), found["components"].numpy()


def trained_on_lists(samples: Samples, spec: ModelSpec, config: TrainConfig) -> keras.Model:
    """A ranker after two steps: the first one wakes the network, the second one trains it."""
    fold = Fold.whole(ranking({"now": by("ease"), "later": by("popularity")}, users=8))
    gate = list_model(None, samples, fold.scale(), config).get_layer("gate").get_weights()
    return train_network(fold, samples, spec.build, replace(config, list_epochs=2), gate)


@pytest.fixture(scope="module", params=sorted(MODELS))
def exported(
    request: pytest.FixtureRequest,
    checkerboard_samples: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Exported:
    folder, spec = tmp_path_factory.mktemp(request.param), model_spec(request.param)
    config = replace(
        spec.config, epochs=12, batch_size=128, learning_rate=5e-3, hidden=(16,), embedding_dim=8,
        dropout=0.0, patience=8,
    )  # fmt: skip
    rankers = []

    def rank(samples: Samples, spec: ModelSpec, config: TrainConfig) -> keras.Model:
        rankers.append(trained_on_lists(samples, spec, config))
        return rankers[0]

    train(checkerboard_samples, spec, config, folder, rank=rank)
    loaded = tf.saved_model.load(str(folder / "model"))
    samples = Samples.open(checkerboard_samples)
    return Exported(request.param, folder, loaded.signatures, loaded, samples, rankers[0])


def test_learns_the_checkerboard(exported: Exported, checkerboard_samples: Path) -> None:
    figures = evaluate_model(exported.folder / "model", checkerboard_samples)
    if exported.name in LINEAR:
        assert figures["auc"] < 0.8
    else:
        assert figures["auc"] > 0.9


def test_one_user_and_many_movies_are_ranked_as_row_by_row(exported: Exported) -> None:
    rows = exported.rows(40) | query_lists(40)
    of_user = [CONTEXT, *(f.name for f in FEATURES.of(Entity.USER, Entity.CONTEXT))]
    once = {name: rows[name][:1] if name in of_user else rows[name] for name in rows}
    many = {n: np.repeat(v, 40, axis=0) if n in of_user else v for n, v in once.items()}
    score, components = exported.ranked(once)
    expected = exported.ranker({name: many[name] for name in exported.ranker.input}).numpy()
    np.testing.assert_allclose(components, expected, rtol=1e-3, atol=1e-4)
    assert score == pytest.approx(components.sum(axis=1), abs=1e-4)
    assert {SIGNALS, CONTEXT} <= set(exported.ranker.input)
    assert np.ptp(components[:, -1]) > 1e-5  # the network has a say


def test_what_training_on_lists_left_unknown_is_ranked(exported: Exported) -> None:
    rows = exported.rows(4) | query_lists(4)
    for f in FEATURES.features:
        rows[f.name][:] = f.default if f.kind is FeatureType.NUMBER else 10**15
    single = [CONTEXT, *(f.name for f in FEATURES.of(Entity.USER, Entity.CONTEXT))]
    score, _ = exported.ranked({n: v[:1] if n in single else v for n, v in rows.items()})
    assert score.shape == (4,)
    assert np.isfinite(score).all()


def test_what_stands_behind_the_history_changes_nothing(exported: Exported) -> None:
    rows = {name: np.repeat(values[:1], 2, axis=0) for name, values in exported.rows(1).items()}
    rows["user_recent_movies"][:, 3:] = PADDING
    rows["user_recent_ratings"][:, :3] = [5.0, 2.0, 4.0]
    rows["user_recent_ratings"][0, 3:], rows["user_recent_ratings"][1, 3:] = np.nan, 1.0
    first, second = exported.scores(rows)
    assert first == pytest.approx(second, abs=1e-6)


def test_the_stars_of_the_history_matter(exported: Exported) -> None:
    rows = {name: np.repeat(values[:1], 2, axis=0) for name, values in exported.rows(1).items()}
    rows["user_recent_movies"][:, :4], rows["user_recent_movies"][:, 4:] = [2, 4, 6, 8], PADDING
    rows["user_recent_ratings"][0], rows["user_recent_ratings"][1] = 5.0, 1.0
    first, second = exported.scores(rows)
    assert first != pytest.approx(second, abs=1e-5)


def test_unknown_ids_and_numbers_are_scored(exported: Exported) -> None:
    rows = exported.rows(4)
    for f in FEATURES.features:
        rows[f.name][:2] = f.default
        if f.kind is not FeatureType.NUMBER:
            rows[f.name][2:] = 10**15
    assert np.isfinite(exported.scores(rows)).all()


def test_a_section_with_a_key_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = tmp_path / "configs.toml"
    configs.write_text("[lr]\nepoch = 3\n")
    monkeypatch.setattr("offline.models.registry.CONFIGS", configs)
    with pytest.raises(ConfigurationError, match="epoch"):
        model_spec("lr")
