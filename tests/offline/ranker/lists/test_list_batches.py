"""Batches of training lists: which candidates are drawn, with which chance, and their features."""

from __future__ import annotations

import numpy as np
import pytest
from sample_world import FEATURES
from training_list_world import LENGTH, RIGHT, by, ranking

from offline.models.blocks.inputs import CONTEXT, SIGNALS
from offline.ranker.lists.list_batches import ListReader
from offline.ranker.lists.ranking_lists import RankingLists
from sparrow.features.declarations import Entity

pytestmark = pytest.mark.tensorflow

NAMES = (SIGNALS, CONTEXT, *(feature.name for feature in FEATURES.of(*Entity)))


@pytest.fixture(scope="module")
def world() -> RankingLists:
    return ranking({"now": by("ease"), "later": by("popularity")}, users=8)


def reader(world: RankingLists, *names: str) -> ListReader:
    return ListReader(world.lists, world.movie_tables, names or NAMES)


def many_right(world: RankingLists, count: int) -> ListReader:
    """Of each list the first candidates, `count` of them, were right."""
    lists = world.lists
    for start in lists.start[:-1]:
        lists.relevance[start : start + LENGTH] = np.arange(LENGTH) < count
    return reader(world, "movie_id")


@pytest.mark.parametrize("length", [4, 10, LENGTH, LENGTH + 5])
def test_a_sample_has_all_that_was_right_and_as_many_others_as_fit(
    world: RankingLists, length: int
) -> None:
    chosen = np.array([5, 0, 11])
    rows = reader(world).sampled(chosen, length, np.random.default_rng(1))
    movie = rows.inputs["movie_id"].reshape(3, length)
    there = ~np.isinf(rows.log_q)
    for place, number in enumerate(chosen):
        own = slice(world.lists.start[number], world.lists.start[number + 1])
        items, relevance = world.lists.item_index[own] + 1, world.lists.relevance[own]
        right = set(items[relevance > 0].tolist())
        drawn = movie[place, there[place]].tolist()
        assert len(set(drawn)) == len(drawn) == min(length, LENGTH)
        assert set(drawn) <= set(items.tolist())
        assert set(movie[place, rows.target[place] > 0].tolist()) == right
    assert rows.target.sum(axis=1) == pytest.approx(1.0)
    assert (rows.target[rows.target > 0] == 1 / RIGHT).all()
    assert not rows.target[~there].any()


@pytest.mark.parametrize(("length", "right"), [(6, 2), (8, 10), (8, LENGTH), (40, 30), (1, 3)])
def test_chances_make_a_sample_stand_for_the_whole_list(length: int, right: int) -> None:
    """The sum of 1 / q over a sample is the number of candidates; so is that of what was right."""
    made = many_right(ranking({"now": by("ease")}, users=4), right)
    right = min(right, LENGTH)
    for seed in range(5):
        rows = made.sampled(np.arange(4), length, np.random.default_rng(seed))
        weight, positive = np.exp(-rows.log_q, where=~np.isinf(rows.log_q),
                                  out=np.zeros(rows.log_q.shape)), rows.target > 0  # fmt: skip
        assert (positive.sum(axis=1) == min(right, max(length // 2, 1))).all()
        assert (weight * positive).sum(axis=1) == pytest.approx(right)
        if length > 1 and right < LENGTH:
            assert weight.sum(axis=1) == pytest.approx(LENGTH)


def test_every_candidate_is_drawn_as_often_as_it_says() -> None:
    made = many_right(ranking({"now": by("ease")}, users=1), 12)
    random, counts = np.random.default_rng(0), np.zeros(41)
    for _ in range(600):
        rows = made.sampled(np.array([0]), 8, random)
        counts[rows.inputs["movie_id"]] += 1
    items = made.lists.item_index + 1
    assert counts[items] / 600 == pytest.approx(4 / 12, abs=0.1)  # 4 of 12, right or not


def test_features_are_those_of_the_candidate_its_list_and_its_cut(world: RankingLists) -> None:
    lists = world.lists
    rows = reader(world).rows(np.array([3, 3 * LENGTH + 1]), np.array([0, 3]))
    assert set(rows) == set(NAMES)
    for place, (number, at) in enumerate([(0, 3), (3, 3 * LENGTH + 1)]):
        movie = world.movie_tables[lists.cut[number]][lists.item_index[at]]
        for feature in FEATURES.of(Entity.MOVIE):
            np.testing.assert_array_equal(rows[feature.name][place], movie[feature.name])
        for feature in FEATURES.of(Entity.USER):
            expected = lists.user_rows[feature.name][number]
            np.testing.assert_array_equal(rows[feature.name][place], expected)
        assert rows["context_hour"][place] == lists.at[number] // 3600 % 24
        np.testing.assert_array_equal(rows[CONTEXT][place], lists.context[number])
        assert rows[SIGNALS].dtype == np.float32
        np.testing.assert_array_equal(rows[SIGNALS][place], lists.signals[at].astype(np.float32))
    assert lists.cut[0] != lists.cut[3]


def test_only_what_a_model_takes_is_read(world: RankingLists) -> None:
    _, found = reader(world, SIGNALS, "movie_year").whole(np.array([2]))
    assert set(found) == {SIGNALS, "movie_year"}
    assert len(found["movie_year"]) == LENGTH


def test_a_pass_has_every_list_once_in_an_order_of_the_seed(world: RankingLists) -> None:
    chosen = np.array([1, 2, 5, 7, 8, 9, 14])

    def order(seed: int) -> list[list[int]]:
        passed = reader(world).batches(chosen, 3, 4, np.random.default_rng(seed))
        return [numbers.tolist() for numbers, rows in passed if len(rows.target) == len(numbers)]

    assert [len(numbers) for numbers in order(1)] == [3, 3, 1]
    assert sorted(number for batch in order(1) for number in batch) == chosen.tolist()
    assert order(1) == order(1) != order(2)
