"""What training reads of sequences, its softmax, and its evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
import tensorflow as tf
from checkerboard_dataset import write_dataset

from offline.embeddings.two_tower import validation_recall
from offline.embeddings.two_tower.sampled_softmax import (
    CandidateSampler,
    cross_entropy,
    inclusion_chances,
)
from offline.embeddings.two_tower.sequence_reader import (
    ValidationQueries,
    read_sequences,
    sample_users,
)
from offline.embeddings.two_tower.sequences import (
    START,
    Sequences,
    Windows,
    batch_of,
    exclusion_mask,
)
from offline.embeddings.two_tower.validation_recall import recall
from sparrow.dataset.tables import DatasetTables
from sparrow.signals.models.user_tower import LENGTH
from sparrow.signals.values.history import History

pytestmark = pytest.mark.tensorflow


def log_of(*lengths: int, movies: int = 500) -> Sequences:
    """Users with so many ratings, all of different movies, ten seconds apart."""
    user = np.repeat(np.arange(len(lengths)), lengths)
    number = np.concatenate([np.arange(length) for length in lengths])
    items = (number * 7 + user) % movies
    return Sequences.of(user, items, np.full(len(user), 3.0), 1_000 + 10 * number)


def test_sequences_are_users_in_time_order() -> None:
    user, item = np.array([7, 3, 7, 3]), np.array([1, 2, 3, 4])
    log = Sequences.of(user, item, np.array([5.0, 4, 3, 2]), np.array([10, 20, 30, 40]))
    assert log.user.tolist() == [3, 3, 7, 7]
    assert log.item_index.tolist() == [2, 4, 1, 3]
    assert log.start.tolist() == [0, 2, 4]


def test_only_events_of_one_second_change_places() -> None:
    count = 60
    time = np.array([100] * 30 + [200] + [300] * 29)
    log = Sequences.of(np.zeros(count, dtype=int), np.arange(count), np.arange(count) / 10, time)
    shuffled = log.shuffled(np.random.default_rng(1))
    assert shuffled.item_index.tolist() != log.item_index.tolist()
    assert shuffled.item_index[30] == 30
    assert set(shuffled.item_index[:30]) == set(range(30))
    np.testing.assert_allclose(shuffled.rating, shuffled.item_index / 10, rtol=1e-6)


@pytest.mark.parametrize("stride", [16, 48])
def test_every_event_is_a_target_once_and_has_context(stride: int) -> None:
    log = log_of(1, 5, LENGTH, LENGTH + 1, 300)
    windows = Windows.of(log, stride, np.random.default_rng(1))
    batch = batch_of(log, log.centred_ratings(), windows)
    row, token = np.divmod(batch.place, LENGTH)
    event = windows.begin[row] + windows.first[row] + token
    assert np.sort(event).tolist() == list(range(len(log)))
    np.testing.assert_array_equal(batch.target, log.item_index[event])
    before = np.isin(event, log.start)
    assert (batch.item.ravel()[batch.place][before] == START).all()
    np.testing.assert_array_equal(
        batch.item.ravel()[batch.place][~before], log.item_index[event[~before] - 1]
    )
    cut = windows.first > 0  # what lies before the first token is not seen
    assert (windows.new - windows.first)[cut].min() >= LENGTH - stride


def test_what_was_watched_before_and_the_target_are_excluded() -> None:
    log = log_of(90, 3)
    windows = Windows.of(log, 48, np.random.default_rng(1))
    batch = batch_of(log, log.centred_ratings(), windows)
    candidates = np.arange(0, 500, 3)
    found = exclusion_mask(log, windows, candidates, movies=500)
    row, token = np.divmod(batch.place, LENGTH)
    for number, (begin, last) in enumerate(
        zip(windows.begin[row], windows.first[row] + token, strict=True)
    ):
        watched = log.item_index[begin : begin + last + 1]
        np.testing.assert_array_equal(found[number], np.isin(candidates, watched))


def test_chances_add_up_to_the_size_and_frequent_movies_are_certain() -> None:
    chance = inclusion_chances(np.array([100.0, 2.0, 1.0, 1.0]), 2)
    np.testing.assert_allclose(chance, [1.0, 0.5, 0.25, 0.25])
    np.testing.assert_allclose(inclusion_chances(np.array([3.0, 1.0]), 2), [1.0, 1.0])


def test_a_small_catalogue_is_not_sampled() -> None:
    count = np.array([3, 0, 1, 7])
    drawn = CandidateSampler(count, size=10)(np.random.default_rng(1))
    assert drawn.item_index.tolist() == [0, 2, 3]
    assert drawn.log_chance.tolist() == [0.0, 0.0, 0.0]


def test_movies_are_drawn_as_often_as_their_chances_and_never_twice() -> None:
    count = np.array([0, *range(1, 41)])
    sampler, random = CandidateSampler(count, size=10), np.random.default_rng(1)
    draws = [sampler(random) for _ in range(4_000)]
    assert all(len(set(draw.item_index)) == 10 for draw in draws)
    often = np.bincount(np.concatenate([draw.item_index for draw in draws]), minlength=41) / 4_000
    np.testing.assert_allclose(often[1:], inclusion_chances(np.sqrt(count[1:]), 10), atol=0.03)
    # so the corrected sum over candidates is, on average, the sum over the catalogue
    values = np.random.default_rng(2).random(41)
    sums = [(values[draw.item_index] / np.exp(draw.log_chance)).sum() for draw in draws]
    assert np.mean(sums) == pytest.approx(values[1:].sum(), rel=0.01)


def test_the_cross_entropy_and_its_gradients_are_those_of_a_softmax() -> None:
    random = np.random.default_rng(1)
    user, own, candidate = (
        tf.Variable(random.normal(size=(n, 4)), dtype=tf.float32) for n in (5, 5, 7)
    )
    unwanted = random.random((5, 7)) < 0.3

    def plain() -> tf.Tensor:
        others = tf.where(unwanted, -np.inf, tf.matmul(user, candidate, transpose_b=True))
        logits = tf.concat([tf.reduce_sum(user * own, 1, keepdims=True), others], axis=1)
        return -tf.reduce_mean(tf.nn.log_softmax(logits)[:, 0])

    found, expected = [], []
    for function, results in (
        (lambda: cross_entropy(user, own, candidate, tf.constant(unwanted)), found),
        (plain, expected),
    ):
        with tf.GradientTape() as tape:
            loss = function()
        results += [loss, *tape.gradient(loss, [user, own, candidate])]
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def ratings_of(folder: Path, *rows: tuple[int, int, float, int]) -> ds.Dataset:
    write_dataset(DatasetTables(folder), list(rows))
    return ds.dataset(DatasetTables(folder).path("ratings"))


def test_whole_users_are_read_up_to_a_bound(tmp_path: Path) -> None:
    rows = [(user, movie, 4.0, movie) for user in range(1, 11) for movie in range(1, 6)]
    ratings = ratings_of(tmp_path, *rows)
    assert sample_users(ratings, 100, seed=1).tolist() == list(range(1, 11))
    assert len(sample_users(ratings, 23, seed=1)) == 4
    log = read_sequences(ratings, np.arange(1, 41), 23, seed=1)
    assert len(log) == 20
    assert np.diff(log.start).tolist() == [5, 5, 5, 5]
    assert log.item_index[:5].tolist() == [0, 1, 2, 3, 4]


def test_what_was_rated_at_the_same_time_or_later_is_not_known(tmp_path: Path) -> None:
    ratings = ratings_of(
        tmp_path, (1, 10, 4.0, 100), (1, 20, 4.0, 200), (1, 30, 4.0, 200), (2, 30, 4.0, 50)
    )
    asked = pa.table({"user_id": [1, 1, 2], "movie_id": [20, 10, 30], "timestamp": [200, 100, 50]})
    queries = ValidationQueries.of(asked, ratings, np.arange(1, 41))
    assert [history.item_index.tolist() for history in queries.histories] == [[9], [], []]
    assert [history.at for history in queries.histories] == [200, 100, 50]
    assert queries.target.tolist() == [19, 9, 29]


def query(*known: int) -> History:
    count = len(known)
    return History(np.array(known, dtype=int), np.ones(count), np.arange(count), np.ones(count), 9)


def test_recall_counts_only_unrated_movies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation_recall, "K", 1)
    queries = ValidationQueries([query(0), query(), query()], np.array([1, 1, 0]))
    scores = np.array([3.0, 2.0, 1.0])
    assert recall(queries, lambda *_: scores) == pytest.approx(2 / 3)
    assert recall(queries, lambda *_: np.zeros(3)) == 0.0  # equal scores are no merit
