"""What every ranking model must do; each is trained once, on the checkerboard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from sample_world import FEATURES

from offline.evaluation.evaluate import evaluate_model
from offline.models.inputs import input_specs
from offline.models.registry import BUILDS, model_spec
from offline.training.dataset import Samples, input_arrays
from offline.training.trainer import train
from sparrow.errors import ConfigurationError
from sparrow.features import PADDING, Entity, Kind

pytestmark = pytest.mark.tensorflow

LINEAR = {"lr"}  # sees no pairs, and so no board


@dataclass(frozen=True)
class Exported:
    name: str
    folder: Path
    signatures: Any
    loaded: Any  # owns the variables
    samples: Samples

    def rows(self, count: int) -> dict[str, np.ndarray]:
        """The first `count` rows of the test part."""
        batch = next(self.samples.batches("test")).slice(0, count)
        return {n: v.copy() for n, v in input_arrays(batch, input_specs(FEATURES)).items()}

    def scores(self, rows: dict[str, np.ndarray], signature: str = "serving_default") -> np.ndarray:
        inputs = {name: tf.constant(values) for name, values in rows.items()}
        return self.signatures[signature](**inputs)["score"].numpy()


@pytest.fixture(scope="module", params=sorted(BUILDS))
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
    train(checkerboard_samples, spec, config, folder)
    loaded = tf.saved_model.load(str(folder / "model"))
    samples = Samples.open(checkerboard_samples)
    return Exported(request.param, folder, loaded.signatures, loaded, samples)


def test_learns_the_checkerboard(exported: Exported, checkerboard_samples: Path) -> None:
    figures = evaluate_model(exported.folder / "model", checkerboard_samples)
    if exported.name in LINEAR:
        assert figures["auc"] < 0.8
    else:
        assert figures["auc"] > 0.9


def test_one_viewer_and_many_movies_are_as_many_rows(exported: Exported) -> None:
    rows = exported.rows(40)
    movies = {f.name: rows[f.name] for f in FEATURES.of(Entity.MOVIE)}
    viewer = {f.name: rows[f.name][:1] for f in FEATURES.of(Entity.USER, Entity.CONTEXT)}
    ranked = exported.scores(movies | viewer, "rank")
    many = {name: np.repeat(values, 40, axis=0) for name, values in viewer.items()}
    assert ranked.shape == (40,)
    assert ranked == pytest.approx(exported.scores(movies | many), abs=1e-5)
    assert ((ranked >= 0) & (ranked <= 1)).all()
    assert np.ptp(ranked) > 1e-3


def test_what_stands_behind_the_history_changes_nothing(exported: Exported) -> None:
    rows = {name: np.repeat(values[:1], 2, axis=0) for name, values in exported.rows(1).items()}
    rows["user_recent_movies"][:, 3:] = PADDING
    rows["user_recent_stars"][:, :3] = [5.0, 2.0, 4.0]
    rows["user_recent_stars"][0, 3:], rows["user_recent_stars"][1, 3:] = np.nan, 1.0
    first, second = exported.scores(rows)
    assert first == pytest.approx(second, abs=1e-6)


def test_the_stars_of_the_history_matter(exported: Exported) -> None:
    rows = {name: np.repeat(values[:1], 2, axis=0) for name, values in exported.rows(1).items()}
    rows["user_recent_movies"][:, :4], rows["user_recent_movies"][:, 4:] = [2, 4, 6, 8], PADDING
    rows["user_recent_stars"][0], rows["user_recent_stars"][1] = 5.0, 1.0
    first, second = exported.scores(rows)
    assert first != pytest.approx(second, abs=1e-5)


def test_unknown_ids_and_numbers_are_scored(exported: Exported) -> None:
    rows = exported.rows(4)
    for f in FEATURES.features:
        rows[f.name][:2] = f.default
        if f.kind is not Kind.NUMBER:
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
