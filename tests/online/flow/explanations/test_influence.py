"""What single events of a history contribute, against lists that are made without them."""

from dataclasses import replace

import numpy as np
import pytest
from ranker_files import LinearRanker

from offline.ranker.lists import fit_signals as house
from offline.ranker.lists.fit_signals import SignalConfig, fit_signals
from offline.ranker.lists.rating_log import RatingLog
from online.flow.explanations.explain import MIN_EFFECT
from online.flow.explanations.influence import MAX_EVENTS, Influence, ablation_losses
from sparrow.signals.candidate_pool import candidate_pool
from sparrow.signals.models.als_factors import AlsFactors, AlsParams
from sparrow.signals.models.fitted_signals import FittedSignals, ItemMetadata
from sparrow.signals.registry import NAMES, UserSignals
from sparrow.signals.values.history import History
from sparrow.vectors.item_vectors import ItemVectors

USERS, MOVIES, KINDS = 90, 72, 6
RANKER = LinearRanker(
    {
        "ease": 0.6,
        "ease_recent": 0.5,
        "ease_rated": 0.4,
        "item_knn_recent": 0.3,
        "als": 0.6,
        "content": 0.4,
        "after_last": 0.3,
        "after_last_five": 0.3,
        "same_session": 0.2,
        "popularity": 0.3,
        "genre_share": 0.1,
    }
)


@pytest.fixture(scope="module")
def log() -> RatingLog:
    """Users watch movies of two kinds, mostly of the kind that they watched before."""
    random = np.random.default_rng(5)
    rows = []
    for user in range(USERS):
        kinds, at = random.choice(KINDS, 2, replace=False), 1_000_000 + int(random.integers(10**7))
        seen: set[int] = set()
        kind = kinds[0]
        for _ in range(int(random.integers(6, 22))):
            kind = kinds[1 - int(kind == kinds[1])] if random.random() < 0.25 else kind
            movie = int(kind + KINDS * min(int(random.exponential(4)), MOVIES // KINDS - 1))
            at += int(random.choice([60, 200_000], p=[0.7, 0.3]))
            if movie not in seen:
                seen.add(movie)
                rows.append((user, movie, random.integers(2, 11) / 2, at))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return RatingLog.of(columns[0], columns[1], columns[2], columns[3])


@pytest.fixture(scope="module")
def fitted(log) -> FittedSignals:
    random = np.random.default_rng(6)
    kind = np.arange(MOVIES) % KINDS
    facts = ItemMetadata(
        np.eye(KINDS, dtype=np.float32)[kind],
        1980.0 + np.arange(MOVIES) // 3,
        unit_vectors(random, kind, 0.4),
    )
    config = SignalConfig(1, 3.5, tuple(f"Kind {kind}" for kind in range(KINDS)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house, "fit_tower", lambda *_: None)  # its signal names no event
        return fit_signals(log, facts, int(log.timestamp[-1]) + 1, config)


def unit_vectors(random, kind, noise) -> ItemVectors:
    """Unit vectors of movies, near to each other within a kind."""
    vectors = np.eye(KINDS)[kind] + noise * random.normal(size=(len(kind), KINDS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    known = np.ones(len(kind), dtype=bool)
    known[random.choice(len(kind), 5, replace=False)] = False
    return ItemVectors(np.where(known[:, None], vectors, 0.0).astype(np.float32), known)


@pytest.fixture(scope="module")
def histories(log) -> list[History]:
    at = int(log.timestamp[-1]) + 100
    made = [log.history(log.of_user(user), at) for user in range(log.users)]
    return [history for history in made if len(history) >= 5][:30]


def without(history: History, event: int) -> History:
    kept = np.delete(np.arange(len(history)), event)
    columns = (history.item_index, history.rating, history.timestamp, history.weight)
    return History(*(column[kept] for column in columns), history.at)


def ranked(signals: UserSignals) -> tuple[np.ndarray, np.ndarray]:
    """The list, best first, and its components in that order."""
    eligible = np.ones(MOVIES, dtype=bool)
    eligible[signals.history.item_index] = False
    pool = candidate_pool(signals, eligible)
    components = RANKER.components(signals, pool)
    order = np.argsort(-components.sum(axis=0))
    return pool[order], components[:, order]


def removed(fitted, history, items) -> np.ndarray:
    """(n, events): what the scores of a list lose without each event, by making the list anew."""
    whole = RANKER.components(UserSignals(fitted, history), items).sum(axis=0)
    return np.stack(
        [
            whole - RANKER.components(UserSignals(fitted, without(history, e)), items).sum(axis=0)
            for e in range(len(history))
        ],
        axis=1,
    )


def test_the_largest_contribution_is_that_of_the_event_without_which_the_score_falls_most(
    fitted, histories
):
    agreed, falls, apart = [], [], []
    for history in histories:
        items, components = ranked(signals := UserSignals(fitted, history))
        shown = np.arange(10)
        found = Influence.of(signals, items, shown, dict(zip(NAMES, components, strict=True)))
        assert found.effect.shape == found.together.shape == (10, len(found.event))
        truth = removed(fitted, history, items)[:10]
        named = found.event[found.effect.argmax(axis=1)]
        real = found.effect.max(axis=1) >= MIN_EFFECT * found.spread
        agreed += (named == truth.argmax(axis=1))[real].tolist()
        falls += truth[shown, named][real].tolist()
        apart.append(np.corrcoef(found.approximate_effect.ravel(), truth.ravel())[0, 1])
    assert len(agreed) > 100
    assert np.mean(agreed) > 0.85
    assert min(falls) > 0
    assert np.mean(apart) > 0.85


@pytest.mark.parametrize("place", [0, 12, 25])
def test_signals_that_add_up_or_average_events_lose_exactly_what_is_missing_without_one(
    fitted, histories, place
):
    history = histories[place]
    items = np.setdiff1d(np.arange(MOVIES), history.item_index)
    signals = UserSignals(fitted, history)
    found = ablation_losses(signals, items, len(history))
    assert found.keys() >= {"ease", "ease_recent", "item_knn_rated", "after_last", "same_session"}
    for event in range(len(history)):
        less = UserSignals(fitted, without(history, event))
        for name in found.keys() - {"als"}:
            change = signals.at(name, items) - less.at(name, items)
            known = ~np.isnan(change)
            np.testing.assert_allclose(
                found[name][known, event], change[known], atol=2e-5, err_msg=f"{name} {event}"
            )


def test_als_without_an_event_is_nearly_what_it_is_solved_to(fitted, histories):
    history = histories[3]
    (als,) = (UserSignals(fitted, history).of("als"),)
    parts = als.removals(len(history))
    assert parts.shape == (len(history), als.vectors.matrix.shape[1])
    np.testing.assert_array_equal(als.removals(2), parts[-2:])
    for event in range(len(history)):
        change = als.user - fitted.als.solve(without(history, event)).user
        ridge = np.linalg.norm(change - parts[event]) / np.linalg.norm(change)
        assert ridge < 0.25  # the regularisation grows with the number of events

    same = AlsFactors(fitted.als.movies, AlsParams(regularisation=1e-9))
    exact = same.solve(history)
    for event in range(len(history)):
        change = exact.user - same.solve(without(history, event)).user
        np.testing.assert_allclose(exact.removals(len(history))[event], change, atol=1e-4)


def test_an_event_without_factors_or_a_row_contributes_nothing_to_them(fitted, histories):
    history = histories[0]
    known = np.ones(MOVIES, dtype=bool)
    known[history.item_index[1]] = False
    matrix = np.where(known[:, None], fitted.als.movies.matrix, 0.0)
    unknown = replace(fitted, als=AlsFactors(ItemVectors(matrix, known)), ease=None, item_knn=None)
    items = np.setdiff1d(np.arange(MOVIES), history.item_index)
    found = ablation_losses(UserSignals(unknown, history), items, len(history))
    assert not found["als"][:, 1].any()
    assert found["als"][:, 0].any()
    assert not found["ease"].any()


def test_of_a_long_history_the_last_events_are_looked_at(fitted, histories):
    one = histories[1]
    repeated = [
        np.resize(column, MAX_EVENTS + 20)
        for column in (one.item_index, one.rating, one.timestamp, one.weight)
    ]
    signals = UserSignals(fitted, History(*repeated, one.at))
    items, components = ranked(signals)
    found = Influence.of(signals, items, np.arange(4), dict(zip(NAMES, components, strict=True)))
    assert found.approximate_effect.shape == (4, MAX_EVENTS)
    assert found.event.min() >= 20


def test_nobody_owes_anything_to_a_history_that_is_empty_or_to_signals_that_name_no_event(
    fitted, histories
):
    nothing = np.empty(0, dtype=np.int64)
    empty = History(nothing, nothing.astype(np.float32), nothing, nothing.astype(np.float32), 0)
    signals = UserSignals(fitted, empty)
    items = np.arange(20)
    values = {"popularity": signals.at("popularity", items)}
    for user in (signals, UserSignals(fitted, histories[0])):
        found = Influence.of(user, items, np.arange(5), values)
        assert found.effect.shape == found.approximate_effect.shape == (5, 0)
        assert found.spread == pytest.approx(values["popularity"].std())
