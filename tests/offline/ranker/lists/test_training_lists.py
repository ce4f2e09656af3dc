"""Training lists: the candidates that serving would have, their signals, and what was right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rating_log_world import FEATURES
from signal_world import AS_OF, drawn_world, history

from offline.ranker.lists.feature_tables import CatalogueMetadata
from offline.ranker.lists.queries import PastQuery
from offline.ranker.lists.training_lists import (
    TrainingListBuilder,
    TrainingLists,
    concatenate_lists,
    with_stated_tastes,
)
from sparrow.features.declarations import PADDING
from sparrow.signals.candidate_pool import candidate_pool
from sparrow.signals.context_features import CONTEXT, context_features
from sparrow.signals.list_features import list_features
from sparrow.signals.registry import NAMES, UserSignals
from sparrow.signals.values.history import History
from sparrow.units import DAY

MOVIES = 900
IDS = np.arange(MOVIES) * 2 + 1
FITTED = drawn_world(MOVIES, seed=4)
FACTS = CatalogueMetadata(
    IDS, np.ones(MOVIES, dtype=np.int64), np.full(MOVIES, 1990.0, dtype=np.float32)
)
MAKER = TrainingListBuilder(3, FITTED, FACTS, FEATURES, np.array([70, 80, 90]))
PAST = history([3, 200, 5], [4.0, 2.0, 5.0])


def pool_of(past: History) -> np.ndarray:
    eligible = ~np.isin(np.arange(MOVIES), past.item_index)
    return candidate_pool(UserSignals(FITTED, past), eligible)


def query(targets: np.ndarray, past: History = PAST, **changes: object) -> PastQuery:
    relevance = np.linspace(0.5, 1.0, len(targets)).astype(np.float32)
    return replace(PastQuery("later", 1, past, targets, relevance), **changes)


def test_a_list_is_the_whole_pool_as_serving_sees_it() -> None:
    pool = pool_of(PAST)
    targets = pool[[40, 7]]
    made = MAKER.one(query(targets))
    assert made.start.tolist() == [0, len(pool)]
    assert made.item_index.tolist() == pool.tolist()
    assert not np.isin(PAST.item_index, made.item_index).any()
    expected = list_features(UserSignals(FITTED, PAST).raw(pool)).T
    assert made.signals.shape == (len(pool), 2 * len(NAMES))
    np.testing.assert_allclose(made.signals, expected, rtol=1e-3, atol=1e-3)
    assert made.relevance[[40, 7]].tolist() == [0.5, 1.0]
    assert np.count_nonzero(made.relevance) == 2
    np.testing.assert_array_equal(made.context[0], context_features(FITTED, PAST))
    facts = (made.situation, made.user, made.cut, made.at)
    assert [each.tolist() for each in facts] == [[1], [1], [3], [AS_OF]]


def test_the_users_row_is_what_the_rated_history_tells() -> None:
    chosen = history([3, 9, 200], [4.0, np.nan, 2.0])
    row = MAKER.one(query(pool_of(chosen)[:1], chosen)).user_rows
    assert row.dtype == FEATURES.row_dtype(FEATURES["user_id"].entity)
    assert row["user_id"].tolist() == [80]
    assert row["user_rating_count"] == 2
    assert row["user_rating_mean"] == 3.0
    assert row["user_recent_movies"][0, :3].tolist() == [IDS[200], IDS[3], PADDING]
    assert row["user_gender"] == PADDING
    nobody = history([], [])
    assert MAKER.one(query(pool_of(nobody)[:1], nobody)).user_rows["user_rating_count"] == 0


def test_targets_outside_the_pool_are_left_out_and_a_list_without_any_is_none() -> None:
    pool = pool_of(PAST)
    outside = np.setdiff1d(np.arange(MOVIES), np.append(pool, PAST.item_index))[:3]
    assert len(outside) == 3
    assert MAKER.one(query(outside)) is None
    assert MAKER([query(outside)]) is None
    half = MAKER.one(query(np.append(outside, pool[5])))
    assert half.item_index[half.relevance > 0].tolist() == [pool[5]]
    made = MAKER([query(outside), query(pool[:1]), query(outside), query(pool[1:2])])
    assert len(made) == 2


def test_movies_of_stated_tastes_are_chosen_but_not_seen() -> None:
    tastes = FITTED.tastes
    likes = np.append(tastes.representatives[0], tastes.representatives[1, 0])
    few = history([4], [4.0])
    stated = with_stated_tastes(few, tastes, likes)
    picked, weight = tastes.items_for_points(tastes.points_for(likes))
    assert len(picked) > 1
    assert stated.item_index.tolist() == [*picked.tolist(), 4]
    assert np.isnan(stated.rating).tolist() == [True] * len(picked) + [False]
    np.testing.assert_allclose(stated.weight, [*weight, 1.0])
    assert (stated.timestamp == few.timestamp[0]).all()
    np.testing.assert_array_equal(stated.taste_points, tastes.share(tastes.points_for(likes)))
    target = int(picked[0])
    made = MAKER.one(query(np.array([target]), few, stated_by=likes))
    assert np.isin(picked, made.item_index).all()
    assert 4 not in made.item_index
    assert made.relevance[made.item_index == target] == [0.5]
    context = dict(zip(CONTEXT, made.context[0], strict=True))
    assert context["points_given"] == 1.0
    assert context["log_events"] == pytest.approx(np.log(2 + len(picked)))
    row = made.user_rows
    assert row["user_rating_count"] == 1  # a choice is no rating


def test_what_was_rated_already_stands_for_no_taste() -> None:
    tastes = FITTED.tastes
    likes = tastes.representatives[0]
    rated = history(likes.tolist(), [5.0] * len(likes))
    stated = with_stated_tastes(rated, tastes, likes)
    count = np.unique(stated.item_index, return_counts=True)[1]
    assert (count == 1).all()
    fresh = with_stated_tastes(history([], []), tastes, likes)
    assert (fresh.timestamp == AS_OF).all()
    nothing = with_stated_tastes(rated, tastes, likes[:0])
    assert nothing.item_index.tolist() == rated.item_index.tolist()
    assert not nothing.taste_points.any()


def test_a_catalogue_without_tastes_has_nothing_to_state() -> None:
    bare = replace(MAKER, fitted=replace(FITTED, tastes=None))
    made = bare.one(query(pool_of(PAST)[:1], stated_by=np.array([1, 2])))
    assert made.context[0, CONTEXT.index("points_given")] == 0.0


@pytest.fixture(scope="module")
def lists() -> TrainingLists:
    random = np.random.default_rng(1)
    found = []
    for number in range(6):
        items = random.permutation(MOVIES)[: number + 1]
        past = history(items.tolist(), [4.0] * len(items), at=AS_OF + number * DAY)
        pool = pool_of(past)
        found.append(query(random.permutation(pool)[:2], past, user=number % 3))
    return MAKER(found)


def equal(first: TrainingLists, second: TrainingLists) -> None:
    for name, values in vars(first).items():
        found = getattr(second, name)
        assert (found.dtype, found.shape) == (values.dtype, values.shape), name
        assert found.tobytes() == values.tobytes(), name  # also where rows hold NaN


def test_lists_are_taken_and_put_together_again(lists: TrainingLists) -> None:
    assert len(lists) == 6
    assert len(set(np.diff(lists.start).tolist())) > 1
    alone = [lists.take(np.array([number])) for number in range(6)]
    equal(concatenate_lists(alone), lists)
    turned = lists.take(np.array([4, 0, 4]))
    equal(concatenate_lists([alone[4], alone[0], alone[4]]), turned)
    assert not len(lists.take(np.zeros(0, dtype=np.int64)))


def test_saved_lists_are_the_same_again(lists: TrainingLists, tmp_path: Path) -> None:
    lists.take(np.arange(4)).save(tmp_path / "lists-0-0.npz")
    lists.take(np.arange(4, 6)).save(tmp_path / "lists-0-1.npz")
    equal(TrainingLists.load(sorted(tmp_path.iterdir())), lists)
