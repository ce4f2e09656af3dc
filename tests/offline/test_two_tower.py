"""Two towers on the checkerboard: they learn whose taste is whose, and NumPy says what TensorFlow
says.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from checkerboard import write_dataset
from sample_world import MOVIES
from scipy import sparse

from offline.recall.next_movies import Judge, NextMovies, place_in
from offline.recall.two_tower import TwoTower, TwoTowerConfig
from offline.recall.two_tower_training import Towers, train
from offline.retrieval import judged_scores, save_judged
from offline.training.dataset import Samples
from sparrow.tables import Tables
from sparrow.two_tower import HISTORY, NUMBERS, STARS, Reader, ViewerTower

pytestmark = pytest.mark.tensorflow

NEVER_WATCHED = MOVIES + 1
IDS = np.arange(1, MOVIES + 2)
CONTENT = np.stack([IDS % 2, 1 - IDS % 2], axis=1).astype(np.float32)
CONFIG = TwoTowerConfig(dimensions=8, hidden=8, epochs=12, batch_size=128, learning_rate=1e-2)


@pytest.fixture(scope="module")
def samples(checkerboard_samples: Path) -> Samples:
    return Samples.open(checkerboard_samples)


@pytest.fixture(scope="module")
def reader(samples: Samples) -> Reader:
    return Reader.of(samples.features, samples.encoding, IDS)


def of_own_taste(watched: NextMovies) -> NextMovies:
    """Even users watch even movies, odd ones odd; their histories hold both, with stars."""
    rows = watched.rows
    own = rows["user_id"] % 2 == rows["movie_id"] % 2
    return NextMovies({name: values[own] for name, values in rows.items()})


@pytest.fixture(scope="module")
def towers(samples: Samples, reader: Reader) -> Towers:
    watched = of_own_taste(NextMovies.read(samples, ("train",), 10**6))
    return train(watched, reader, CONTENT, CONFIG, seed=1)


def test_viewers_are_led_to_movies_of_their_own_parity(samples: Samples, towers: Towers) -> None:
    asked = NextMovies.read(samples, ("test",), 10**6)
    experienced = (asked.rows["user_recent_movies"] > 0).sum(axis=1) >= 4
    users = asked.rows["user_id"][experienced]
    scores = (towers.viewer(asked.rows) @ towers.movies.T)[experienced, :MOVIES]
    best = IDS[np.argsort(-scores, axis=1)[:, :10]]
    assert (best % 2 == users[:, None] % 2).mean() > 0.9


def test_a_movie_that_nobody_watched_stands_where_its_content_says(towers: Towers) -> None:
    alike = towers.movies @ towers.movies[NEVER_WATCHED - 1]
    same = IDS % 2 == NEVER_WATCHED % 2
    assert np.isfinite(towers.movies).all()
    assert alike[same].mean() > alike[~same].mean()


def test_numpy_computes_what_tensorflow_does(samples: Samples, reader: Reader) -> None:
    model = TwoTower(CONFIG, CONTENT, len(reader.mean))
    random = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(random.normal(0.0, 0.3, weight.shape))
    rows = NextMovies.read(samples, ("test",), 200).rows
    inputs = reader(rows)
    expected = model.viewer(inputs.places, inputs.liking, inputs.numbers).numpy()
    found = ViewerTower(reader, model.viewer_weights())(rows)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_towers_are_judged_by_a_row_of_each_viewer(
    samples: Samples, towers: Towers, tmp_path: Path
) -> None:
    save_judged(towers, IDS, tmp_path)
    columns = [HISTORY, STARS, *NUMBERS]
    viewers = pa.Table.from_batches(samples.batches("test", columns)).slice(0, 9)
    asked = IDS[[4, 1, 7]]
    scores = judged_scores(tmp_path, viewers, samples.features, asked)
    known = towers.viewer(NextMovies.read(samples, ("test",), 9).rows) @ towers.movies.T
    np.testing.assert_allclose(scores, known[:, [4, 1, 7]], rtol=1e-4, atol=1e-5)


def test_the_loss_corrects_for_popularity_and_accidental_hits() -> None:
    """With zeros everywhere the scores are -log Q: the loss can be worked out by hand."""
    config = replace(CONFIG, dropout=0.0, id_dropout=0.0)
    model = TwoTower(config, CONTENT, 1)
    for weight in model.weights:
        weight.assign(np.zeros(weight.shape))
    places, numbers = np.zeros((3, 50), dtype=np.int32), np.zeros((3, 1), dtype=np.float32)
    liking = np.zeros((3, 50), dtype=np.float32)
    movie, q = np.array([1, 2, 1], dtype=np.int32), np.array([0.5, 0.25, 0.5])
    loss = model.loss_of((places, liking, numbers), movie, np.log(q).astype(np.float32))
    # rows 0 and 2 see their own movie once and movie 2; row 1 sees movie 1 twice
    own, other = 2 / (2 + 4), 4 / (4 + 2 + 2)
    assert float(loss) == pytest.approx(-(2 * np.log(own) + np.log(other)) / 3, rel=1e-5)


def test_recall_counts_only_what_was_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offline.recall.next_movies.K", 1)
    movies = np.array([[3.0], [2.0], [1.0]])
    seen = sparse.csr_array(np.array([[1.0, 0, 0], [0, 0, 0], [0, 0, 0]]))
    judge = Judge(np.array([1, 1, 0]), seen)
    assert judge.recall(np.ones((3, 1)), movies) == pytest.approx(2 / 3)


def test_equal_scores_are_no_merit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offline.recall.next_movies.K", 1)
    judge = Judge(np.array([0]), sparse.csr_array((1, 3)))
    assert judge.recall(np.ones((1, 1)), np.ones((3, 1))) == 0.0


def test_places_start_at_one() -> None:
    assert place_in(IDS, np.array([1, NEVER_WATCHED, 999])).tolist() == [1, NEVER_WATCHED, 0]


def test_what_was_rated_at_the_same_time_or_later_is_not_seen(tmp_path: Path) -> None:
    write_dataset(
        Tables(tmp_path),
        [(1, 10, 4.0, 100), (1, 20, 4.0, 200), (1, 30, 4.0, 200), (2, 30, 4.0, 50)],
    )
    rows = {"user_id": [1, 1, 2], "movie_id": [20, 10, 30], "timestamp": [200, 100, 50]}
    asked = NextMovies({name: np.array(values) for name, values in rows.items()})
    judge = Judge.of(asked, Tables(tmp_path), np.arange(1, 41))
    seen = [np.flatnonzero(row).tolist() for row in judge.seen.toarray()]
    assert seen == [[9], [], []]
    assert judge.target.tolist() == [19, 9, 29]
