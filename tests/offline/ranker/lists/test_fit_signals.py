"""Signals that are fitted on a part of the log, and the feature rows of its moment."""

from __future__ import annotations

import numpy as np
import pytest
from rating_log_world import CONFIG, FEATURES, GENRES, MOVIES, SPAN, START, catalogue, drawn_log
from signal_world import history

from offline.embeddings.item_similarity import CoOccurrence
from offline.ranker.lists import fit_signals as house
from offline.ranker.lists.feature_tables import movie_table
from offline.ranker.lists.fit_signals import fit_signals, tower_content
from offline.ranker.lists.rating_log import RatingLog
from sparrow.features.folds import (
    movie_rows,
    popularity_histogram,
    popularity_thresholds,
    threshold_crossings,
)
from sparrow.features.rating_events import Events
from sparrow.features.visibility import PastEvents
from sparrow.signals.models.fitted_signals import FittedSignals
from sparrow.signals.registry import UserSignals

UNRATED = 13
AS_OF = START + SPAN


@pytest.fixture(scope="module")
def log() -> RatingLog:
    drawn = drawn_log()
    return drawn.take((drawn.item_index != UNRATED) & (drawn.timestamp < AS_OF))


@pytest.fixture(scope="module")
def fitted(log: RatingLog) -> FittedSignals:
    return fit_signals(log, catalogue()[1], AS_OF, CONFIG)


def test_every_rated_movie_is_in_every_signal_and_no_other(fitted: FittedSignals) -> None:
    others = np.delete(np.arange(MOVIES), UNRATED)
    for similarity in (fitted.ease, fitted.item_knn, fitted.successors, fitted.same_session):
        assert similarity.items.tolist() == others.tolist()
    assert np.flatnonzero(~fitted.als.movies.known).tolist() == [UNRATED]
    assert not fitted.als.movies.matrix[UNRATED].any()
    assert fitted.rating.biases[UNRATED] == 0
    assert fitted.rating.biases[others].all()
    assert fitted.like_threshold == CONFIG.like_threshold
    assert len(fitted.tastes) > 1


def test_matrices_are_those_of_the_log(fitted: FittedSignals, log: RatingLog) -> None:
    rows = fitted.ease.rows[log.item_index]
    counted = CoOccurrence.of(log.user_ids[log.user], log.timestamp, rows, MOVIES - 1)
    for name, weights in counted.similarities().items():
        np.testing.assert_array_equal(getattr(fitted, name).weights, weights)
    assert fitted.stats.count.tolist() == np.bincount(log.item_index, minlength=MOVIES).tolist()


def test_a_large_catalogue_has_rows_for_its_most_rated_movies(
    log: RatingLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "MAX_ITEMS", 10)
    fitted = fit_signals(log, catalogue()[1], AS_OF, CONFIG)
    count = np.bincount(log.item_index, minlength=MOVIES)
    assert len(fitted.ease.items) == 10
    assert count[fitted.ease.items].min() >= np.delete(count, fitted.ease.items).max()


def test_signals_prefer_the_movies_of_the_users_own_parity(fitted: FittedSignals) -> None:
    """Even users watch even movies, and like them."""
    for parity in (0, 1):
        past = history([parity + 2, parity + 20, parity + 30], [5.0, 4.5, 5.0])
        signals = UserSignals(fitted, past)
        others = np.setdiff1d(np.arange(MOVIES), [*past.item_index, UNRATED])
        own = others % 2 == parity
        for name in ("ease", "item_knn", "als", "after_last_five", "rating"):
            values = signals.at(name, others)
            assert values[own].mean() > values[~own].mean() + 0.3 * values.std(), name


def test_towers_read_genres_and_years() -> None:
    content = tower_content(catalogue()[1])
    assert content.shape == (MOVIES, len(GENRES) + 1)
    assert content[7, -1] == 0.0  # of an unknown year
    assert content[40, -1] == pytest.approx(1.0)  # of the year 2000


def test_movie_rows_are_those_of_the_folds(log: RatingLog) -> None:
    facts = catalogue()[0]
    table = movie_table(log, AS_OF, facts, FEATURES)
    thresholds = popularity_thresholds()
    reached = [
        threshold_crossings(log.timestamp[log.item_index == m], thresholds) for m in range(MOVIES)
    ]
    column, week = (np.concatenate(parts) for parts in zip(*reached, strict=True))
    curve = popularity_histogram(column, week, np.ones(len(week), dtype=np.int64))
    assert table["movie_id"].tolist() == facts.movie_ids.tolist()
    assert table["movie_rating_count"][UNRATED] == 0
    for movie in (0, 7, UNRATED, 31):
        own = log.item_index == movie
        zeros = np.zeros(own.sum(), dtype=np.int64)
        events = Events(log.timestamp[own], zeros, log.rating[own], zeros, zeros.astype(np.float32))
        seen = PastEvents(events, np.array([AS_OF]))
        for name, values in movie_rows(seen, float(facts.year[movie]), curve, FEATURES).items():
            np.testing.assert_allclose(table[name][movie], values[0], rtol=1e-6, err_msg=name)
        genres = [facts.genre_bits[movie] >> place & 1 for place in range(len(GENRES))]
        assert table["movie_genres"][movie].tolist() == genres
