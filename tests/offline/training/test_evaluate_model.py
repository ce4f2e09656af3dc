from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sample_world import FEATURES, checkerboard_taste, write_samples
from sklearn.metrics import roc_auc_score

from offline.samples.sample_files import Samples
from offline.saved_model.scoring import score_rows
from offline.training.evaluate_model import evaluate_model
from sparrow.errors import DataError, ReleaseError

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_samples(tmp_path_factory.mktemp("evaluated") / "samples", checkerboard_taste)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel that is certain of its movie's share of likes and of nothing else."""
    import tensorflow as tf

    from offline.models.blocks.inputs import input_specs

    @tf.function(autograph=False)
    def score(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"score": inputs["movie_like_rate"]}

    folder = tmp_path_factory.mktemp("model")
    signature = score.get_concrete_function(**input_specs(FEATURES))
    tf.saved_model.save(tf.Module(), str(folder), {"serving_default": signature})
    return folder


def test_figures_are_those_of_the_saved_model(model: Path, samples: Path) -> None:
    figures = evaluate_model(model, samples, "test")
    table = pa.Table.from_batches(Samples.open(samples).batches("test"))
    expected = roc_auc_score(table["label"].to_numpy(), table["movie_like_rate"].to_numpy())
    assert figures["auc"] == figures["baseline_movie_auc"] == pytest.approx(expected)
    assert figures["rows"] == len(table)
    assert all(math.isfinite(value) for value in figures.values())


def test_scores_come_in_the_order_of_the_rows(model: Path, samples: Path) -> None:
    batches = list(Samples.open(samples).batches("test"))
    for batch, scores in zip(batches, score_rows(model, batches), strict=True):
        assert (scores == batch.column("movie_like_rate").to_numpy()).all()


def test_large_and_empty_batches(model: Path, samples: Path) -> None:
    table = pa.Table.from_batches(Samples.open(samples).batches("test"))
    large = pa.concat_tables([table] * 30).combine_chunks().to_batches()[0]
    long, empty = score_rows(model, [large, large.slice(0, 0)])
    assert len(long) == len(large) > 8_192
    assert (long[: len(table)] == long[-len(table) :]).all()
    assert empty.shape == (0,)
    assert empty.dtype == np.float32


def test_a_missing_feature_is_named(model: Path, samples: Path) -> None:
    batch = next(Samples.open(samples).batches("test")).drop_columns(["movie_year"])
    with pytest.raises(DataError, match="movie_year"):
        list(score_rows(model, [batch]))


def test_no_model_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="sparrow train"):
        list(score_rows(tmp_path, []))
