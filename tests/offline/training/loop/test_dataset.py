from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from sample_world import FEATURES

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.inputs import input_arrays, input_specs
from offline.samples.sample_files import READ_ROWS, Samples
from offline.training.loop.dataset import NEGATIVES, training_dataset, training_rows
from sparrow.errors import DataError

pytestmark = pytest.mark.tensorflow

CONFIG = TrainConfig(batch_size=100, shuffle_rows=1_000)


def epochs(samples: Samples, config: TrainConfig = CONFIG, first: int = 0) -> tf.data.Dataset:
    return training_dataset(samples, replace(config, epochs=first + 1), first)


def pairs(samples: Samples, config: TrainConfig = CONFIG, epoch: int = 0) -> list[tuple[int, int]]:
    """(user, movie) of one epoch, in its order."""
    dataset = epochs(samples, config, epoch)
    return [
        (int(user), int(movie))
        for inputs, _, _ in dataset
        for user, movie in zip(inputs["user_id"].numpy(), inputs["movie_id"].numpy(), strict=True)
    ]


@pytest.fixture
def samples(checkerboard_samples: Path) -> Samples:
    return Samples.open(checkerboard_samples)


def stored(samples: Samples) -> Iterator[tuple[int, int]]:
    for batch in samples.batches("train", ["user_id", "movie_id"]):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def test_an_epoch_shows_every_sample_once(samples: Samples) -> None:
    assert sorted(pairs(samples)) == sorted(stored(samples))


def test_order_is_mixed_and_follows_from_the_seed(samples: Samples) -> None:
    assert pairs(samples) == pairs(samples)
    assert pairs(samples) != pairs(samples, replace(CONFIG, seed=1))
    assert pairs(samples) != list(stored(samples))


def test_each_epoch_has_an_order_of_its_own_wherever_training_begins(samples: Samples) -> None:
    both = training_dataset(samples, replace(CONFIG, epochs=2))
    movies = np.concatenate([i["movie_id"] for i, _, _ in both])
    first, second = ([movie for _, movie in pairs(samples, epoch=e)] for e in (0, 1))
    assert first != second
    assert (movies == first + second).all()


@pytest.mark.parametrize("shuffle_rows", [10, 999, 10**6])
def test_all_batches_but_the_last_are_full(samples: Samples, shuffle_rows: int) -> None:
    dataset = epochs(samples, replace(CONFIG, shuffle_rows=shuffle_rows))
    sizes = [len(targets) for _, targets, _ in dataset]
    assert sizes == [100] * (samples.count("train") // 100) + [samples.count("train") % 100]


def test_labels_stay_with_their_samples(samples: Samples) -> None:
    for inputs, targets, weight in epochs(samples):
        like = inputs["user_id"].numpy() % 2 == inputs["movie_id"].numpy() % 2
        assert (targets.numpy() == np.stack([np.ones(len(like)), like], axis=1)).all()
        assert (weight.numpy() == 1).all()


def test_movies_that_were_not_chosen_come_in_with_their_weight(
    samples: Samples, tmp_path: Path
) -> None:
    root = shutil.copytree(samples.root, tmp_path / "samples")
    batch = next(samples.batches("validation")).slice(0, 30)
    table = pa.Table.from_batches([batch])
    for name, value in (("watched", 0.0), ("label", 0.0), ("weight", 1.5)):
        column = pa.array(np.full(30, value, np.float32))
        table = table.set_column(table.schema.get_field_index(name), name, column)
    (root / NEGATIVES).mkdir()
    pq.write_table(table, root / NEGATIVES / "part-0.parquet")
    with_sampled = Samples.open(root)
    assert training_rows(with_sampled, CONFIG) == samples.count("train")
    config = replace(CONFIG, negative_weight=0.5)
    found = [(t.numpy(), w.numpy()) for _, t, w in epochs(with_sampled, config)]
    targets, weight = (np.concatenate(column) for column in zip(*found, strict=True))
    sampled = targets[:, 0] == 0
    assert len(targets) == training_rows(with_sampled, config) == samples.count("train") + 30
    assert sampled.sum() == 30
    assert (weight[sampled] == 0.75).all()
    assert (weight[~sampled] == 1).all()


def test_likes_may_weigh_more_or_as_much_as_dislikes(samples: Samples) -> None:
    def sums(config: TrainConfig) -> tuple[float, float]:
        batches = [(t.numpy()[:, 1], w.numpy()) for _, t, w in epochs(samples, config)]
        label, weight = (np.concatenate(column) for column in zip(*batches, strict=True))
        return weight[label > 0].sum(), weight[label == 0].sum()

    likes, dislikes = sums(CONFIG)
    assert likes != dislikes
    assert sums(replace(CONFIG, positive_weight=2.0)) == pytest.approx((2 * likes, dislikes))
    balanced = sums(replace(CONFIG, positive_weight="balanced"))
    assert balanced == pytest.approx((dislikes, dislikes), rel=1e-5)


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
