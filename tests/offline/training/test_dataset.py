from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sample_world import FEATURES

from offline.models.inputs import input_specs
from offline.training.config import TrainConfig
from offline.training.dataset import READ_ROWS, Samples, input_arrays, training_dataset
from sparrow.errors import DataError

pytestmark = pytest.mark.tensorflow

CONFIG = TrainConfig(batch_size=100, shuffle_rows=1_000)


def pairs(samples: Samples, config: TrainConfig = CONFIG) -> list[tuple[int, int]]:
    """(user, movie) of one pass, in its order."""
    dataset = training_dataset(samples, config)
    return [
        (int(user), int(movie))
        for inputs, _ in dataset
        for user, movie in zip(inputs["user_id"].numpy(), inputs["movie_id"].numpy(), strict=True)
    ]


@pytest.fixture
def samples(checkerboard_samples: Path) -> Samples:
    return Samples.open(checkerboard_samples)


def stored(samples: Samples) -> Iterator[tuple[int, int]]:
    for batch in samples.batches("train", ["user_id", "movie_id"]):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def test_a_pass_shows_every_sample_once(samples: Samples) -> None:
    assert sorted(pairs(samples)) == sorted(stored(samples))


def test_order_is_mixed_and_follows_from_the_seed(samples: Samples) -> None:
    assert pairs(samples) == pairs(samples)
    assert pairs(samples) != pairs(samples, replace(CONFIG, seed=1))
    assert pairs(samples) != list(stored(samples))


def test_each_pass_has_another_order(samples: Samples) -> None:
    dataset = training_dataset(samples, CONFIG)
    first, second = (np.concatenate([i["movie_id"] for i, _ in dataset]) for _ in range(2))
    assert (first != second).any()


@pytest.mark.parametrize("shuffle_rows", [10, 999, 10**6])
def test_all_batches_but_the_last_are_full(samples: Samples, shuffle_rows: int) -> None:
    dataset = training_dataset(samples, replace(CONFIG, shuffle_rows=shuffle_rows))
    sizes = [len(label) for _, label in dataset]
    assert sizes == [100] * (samples.count("train") // 100) + [samples.count("train") % 100]
    assert dataset.cardinality() == len(sizes)


def test_labels_stay_with_their_samples(samples: Samples) -> None:
    for inputs, label in training_dataset(samples, CONFIG):
        like = inputs["user_id"].numpy() % 2 == inputs["movie_id"].numpy() % 2
        assert (label.numpy()[:, 0] == like).all()


def test_a_missing_feature_or_a_wrong_length_is_named(samples: Samples) -> None:
    specs = input_specs(FEATURES)
    batch = next(samples.batches("test"))
    with pytest.raises(DataError, match="user_age"):
        input_arrays(batch.drop_columns(["user_age"]), specs)
    short = pa.array([[1, 2]] * len(batch), pa.list_(pa.int64()))
    place = batch.schema.get_field_index("user_recent_movies")
    with pytest.raises(DataError, match="user_recent_movies"):
        input_arrays(batch.set_column(place, "user_recent_movies", short), specs)


def test_nulls_are_unknown_numbers(samples: Samples) -> None:
    batch = next(samples.batches("test"))
    place = batch.schema.get_field_index("user_age")
    nulls = pa.nulls(len(batch), pa.float32())
    arrays = input_arrays(batch.set_column(place, "user_age", nulls), input_specs(FEATURES))
    assert np.isnan(arrays["user_age"]).all()


def test_missing_samples_say_what_to_run(tmp_path: Path, samples: Samples) -> None:
    with pytest.raises(DataError, match="sparrow samples"):
        Samples.open(tmp_path)
    with pytest.raises(DataError, match="sparrow samples"):
        samples.files("nowhere")


def test_files_are_read_piece_by_piece(tmp_path: Path, samples: Samples) -> None:
    table = pq.read_table(samples.files("train"))
    (tmp_path / "train").mkdir()
    pq.write_table(
        pa.concat_tables([table] * 40), tmp_path / "train" / "0.parquet", row_group_size=9999
    )
    large = replace(samples, root=tmp_path)
    assert max(len(batch) for batch in large.batches("train")) <= READ_ROWS
    assert large.count("train") == 40 * len(table)
