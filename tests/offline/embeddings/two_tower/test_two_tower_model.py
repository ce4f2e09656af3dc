"""The towers in TensorFlow: equal to NumPy's, causal, and able to learn a known world."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from offline.embeddings.two_tower.config import TwoTowerConfig
from offline.embeddings.two_tower.fit import fit_two_tower
from offline.embeddings.two_tower.model import TwoTowerModel, initial_weights
from offline.embeddings.two_tower.sequences import Batch, Sequences, Windows, batch_of
from sparrow.errors import DataError
from sparrow.signals.models.user_tower import LENGTH, TwoTower
from sparrow.signals.values.history import History

pytestmark = pytest.mark.tensorflow

MOVIES = 20
NEVER_WATCHED = MOVIES  # place of one movie more, an even one
CONTENT = np.stack([np.arange(MOVIES + 1) % 2 == parity for parity in (0, 1)], axis=1)
CONTENT = CONTENT.astype(np.float32)
CONFIG = TwoTowerConfig(dim=16, hidden=16, min_steps=300)
START = 900_000_000


def sequences(users: int = 200, length: int = 9, seed: int = 1) -> Sequences:
    """After each movie a user watches the one two places further, a minute later, in a circle."""
    random = np.random.default_rng(seed)
    first = random.integers(MOVIES, size=(users, 1))
    items = (first + 2 * np.arange(length)) % MOVIES
    user = np.repeat(np.arange(users), length)
    time = START + 60 * np.tile(np.arange(length), users)
    rating = random.integers(1, 6, users * length).astype(np.float32)
    return Sequences.of(user, items.ravel(), rating, time)


def history_of(log: Sequences, user: int, events: int) -> History:
    """What a user did before their event number `events`, asked for at its time."""
    rows = np.arange(log.start[user], log.start[user] + events)
    at = int(log.timestamp[log.start[user] + events])
    ones = np.ones(events, dtype=np.float32)
    return History(log.item_index[rows], log.rating[rows], log.timestamp[rows], ones, at)


def random_tower(seed: int = 1) -> TwoTower:
    random = np.random.default_rng(seed)
    start = initial_weights(CONFIG, CONTENT, random)
    drawn = {
        field.name: random.normal(0.0, 0.5, getattr(start, field.name).shape).astype(np.float32)
        for field in fields(TwoTower)
    }
    return TwoTower(**drawn)


def forward(tower: TwoTower, batch: Batch) -> np.ndarray:
    everything = np.ones(len(CONTENT), dtype=bool)
    model = TwoTowerModel(tower, CONTENT, everything, CONFIG)
    return model.users(model.items(), (batch.item, batch.rating, batch.time_gap)).numpy()


@pytest.fixture(scope="module")
def towers() -> TwoTower:
    return fit_two_tower(sequences(), CONTENT, CONFIG, seed=1)


def test_numpy_computes_what_tensorflow_does() -> None:
    log = sequences(users=3, length=LENGTH + 40)
    windows = Windows.of(log, stride=20, random=np.random.default_rng(2))
    vectors = forward(random_tower(), batch_of(log, log.centred_ratings(), windows))
    tower = random_tower()
    for number in range(len(windows)):
        user = int(np.searchsorted(log.start, windows.begin[number]))
        first, end = int(windows.first[number]), int(windows.end[number])
        # a later token's window would begin later: only those of whole histories and the last ones
        for token in range(end) if first == 0 else [end - 1]:
            found = tower.vector(history_of(log, user, token))
            np.testing.assert_allclose(found, vectors[number, token - first], rtol=2e-3, atol=2e-4)


def test_later_events_change_nothing_before() -> None:
    log = sequences(users=2, length=40)
    later = log.item_index.copy()
    later[20:30] = (later[20:30] + 5) % MOVIES
    changed = replace(log, item_index=later)
    one_window = Windows.of(log, stride=48, random=np.random.default_rng(1)).take(np.array([0]))
    before, after = (
        forward(random_tower(), batch_of(each, each.centred_ratings(), one_window))[0]
        for each in (log, changed)
    )
    np.testing.assert_array_equal(before[:21], after[:21])  # tokens up to event 19
    assert not np.allclose(before[21], after[21], atol=1e-3)


def rank_of_next(tower: TwoTower, log: Sequences, user: int, events: int) -> int:
    """How many movies outside the history have a larger logit than the one that comes next."""
    history = history_of(log, user, events)
    logits = tower.item_vectors @ tower.vector(history)
    own = logits[log.item_index[log.start[user] + events]]
    logits[history.item_index] = -np.inf
    return int((logits > own).sum())


def test_successions_are_learnt(towers: TwoTower) -> None:
    log = sequences(seed=9)
    ranks = [rank_of_next(towers, log, user, events) for user in range(20) for events in (1, 3, 8)]
    assert np.mean(np.array(ranks) == 0) > 0.9


def test_a_movie_that_nobody_watched_is_placed_by_its_content(towers: TwoTower) -> None:
    rows = towers.item_vectors[:, :-1]
    alike = rows[:-1] @ rows[NEVER_WATCHED]
    parity = np.arange(MOVIES) % 2
    assert np.isfinite(towers.item_vectors).all()
    assert alike[parity == 0].mean() > alike[parity == 1].mean()
    assert towers.item_vectors[:-1, -1].min() <= towers.item_vectors[NEVER_WATCHED, -1]
    assert towers.item_vectors[NEVER_WATCHED, -1] <= towers.item_vectors[:-1, -1].max()


def test_the_same_seed_gives_the_same_towers() -> None:
    short = replace(CONFIG, min_steps=3, epochs=1.0)
    first, again, other = (fit_two_tower(sequences(), CONTENT, short, seed) for seed in (1, 1, 2))
    for field in fields(TwoTower):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(again, field.name))
    assert not np.allclose(first.item_vectors, other.item_vectors)


def test_training_continues_from_earlier_weights(towers: TwoTower) -> None:
    short = replace(CONFIG, min_steps=2, warm_epochs=0.0, epochs=0.0)
    log, later = sequences(seed=5), sequences(seed=9)
    warm = fit_two_tower(log, CONTENT, short, seed=1, initial=towers)
    cold = fit_two_tower(log, CONTENT, short, seed=1)
    assert [rank_of_next(warm, later, user, 6) for user in range(5)] == [0] * 5
    assert max(rank_of_next(cold, later, user, 6) for user in range(5)) > 0


def test_earlier_weights_must_be_of_the_same_catalogue(towers: TwoTower) -> None:
    with pytest.raises(DataError, match="Expected initial weights of 5 movies, got 21"):
        fit_two_tower(sequences(), CONTENT[:5], CONFIG, seed=1, initial=towers)


def test_without_ratings_there_are_towers_of_the_content_alone() -> None:
    nothing = Sequences.of(*(np.empty(0, dtype=np.int64) for _ in range(4)))
    towers = fit_two_tower(nothing, CONTENT, CONFIG, seed=1)
    assert np.isfinite(towers.item_vectors).all()
    np.testing.assert_allclose(towers.item_vectors[0], towers.item_vectors[2], rtol=1e-5)
