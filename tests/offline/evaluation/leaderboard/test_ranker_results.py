"""Rankers of a small world: even users like even movies and odd users odd ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from checkerboard_dataset import GENRES, checkerboard

from offline.embeddings.two_tower import config
from offline.embeddings.two_tower.config import TwoTowerConfig
from offline.evaluation.leaderboard.list_results import differences
from offline.evaluation.leaderboard.ranker_inputs import (
    RankerInputs,
    catalogue_genres,
    ranker_inputs,
)
from offline.evaluation.leaderboard.ranker_results import (
    BY_FEATURES,
    CONTROL,
    WHOLE,
    RankerTask,
    ablations,
    control,
    hide_inputs,
    ordered,
    ranker,
    ranker_results,
)
from offline.evaluation.leaderboard.results import Result, ResultStore
from offline.evaluation.tasks.evaluation_task import (
    Bootstrap,
    EvaluationData,
    EvaluationTask,
    make_task,
)
from offline.evaluation.tasks.protocols import ProtocolConfig
from offline.ranker.lists.fit_signals import SignalConfig
from offline.ranker.lists.queries import QueryLimits

pytestmark = pytest.mark.tensorflow
LIMITS = QueryLimits(last=40, live=10, later=40, gap=40, newcomer=4)
CONFIG = SignalConfig(seed=1, like_threshold=3.5, genre_names=tuple(sorted(GENRES)))
BOOTSTRAP = Bootstrap(seed=1, rounds=100)


def movies() -> pd.DataFrame:
    ids = range(1, 41)
    genres = [[name for place, name in enumerate(GENRES) if m >> place & 1] for m in ids]
    years = pd.array([None if m == 7 else 1960 + m for m in ids], dtype="Int32")
    titles = [f"Movie {m}" for m in ids]
    return pd.DataFrame({"movie_id": ids, "title": titles, "year": years, "genres": genres})


def asked(name: str) -> EvaluationTask:
    columns = ["user_id", "movie_id", "rating", "timestamp"]
    ratings = pd.DataFrame(checkerboard(), columns=columns)
    return make_task(name, EvaluationData(movies(), ratings), ProtocolConfig(), BOOTSTRAP)


@pytest.fixture(scope="module", autouse=True)
def quick_towers() -> Iterator[None]:
    """Towers that are hardly trained: these tests need their signal, not its worth."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "TwoTowerConfig", partial(TwoTowerConfig, max_steps=10))
        yield


@pytest.fixture(scope="module")
def holdout() -> EvaluationTask:
    """What is to be found is what users would like, of the movies of their parity."""
    return asked("holdout")


@pytest.fixture(scope="module")
def inputs(holdout: EvaluationTask) -> RankerInputs:
    return ranker_inputs(holdout, movies(), CONFIG, LIMITS)


@pytest.fixture(scope="module")
def rows(
    holdout: EvaluationTask, inputs: RankerInputs, tmp_path_factory: pytest.TempPathFactory
) -> tuple[ResultStore, list[Result]]:
    """Results of two runs on the same inputs."""
    results = ResultStore(tmp_path_factory.mktemp("rankers"))
    chosen = [control(), *ablations(), ranker("gated")]
    ranked = RankerTask(holdout, movies(), 3.5, (1, 2), LIMITS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "offline.evaluation.leaderboard.ranker_results.ranker_inputs", lambda *_: inputs
        )
        return results, list(ranker_results(ranked, results, chosen, "code"))


def pairs(user_id: np.ndarray, movie_id: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(user_id.tolist(), movie_id.tolist(), strict=True))


def test_no_rating_of_the_test_part_is_in_the_training_lists(
    holdout: EvaluationTask, inputs: RankerInputs
) -> None:
    lists = inputs.training.lists
    owner = np.repeat(lists.user_rows["user_id"], np.diff(lists.start))
    right = lists.relevance > 0
    found = pairs(owner[right], inputs.movie_ids[lists.item_index[right]])
    train, relevant = (
        pairs(part["user_id"], part["movie_id"])
        for part in (holdout.parts.train, holdout.parts.relevant)
    )
    assert len(found) > 100
    assert found <= train
    assert not found & relevant


def test_signals_of_all_lists_come_from_the_training_part(
    holdout: EvaluationTask, inputs: RankerInputs
) -> None:
    """Other ratings in the test part, of the same users, change no number."""
    relevant = holdout.parts.relevant
    other = relevant.assign(movie_id=40, rating=0.5, timestamp=relevant["timestamp"] + 10**8)
    parts = replace(holdout.parts, relevant=other)
    again = ranker_inputs(replace(holdout, parts=parts), movies(), CONFIG, LIMITS)
    for one, two in ((inputs.training, again.training), (inputs.test, again.test)):
        np.testing.assert_array_equal(one.lists.signals, two.lists.signals)
        np.testing.assert_array_equal(one.lists.relevance, two.lists.relevance)
        assert one.movie_tables[-1].tobytes() == two.movie_tables[-1].tobytes()


def test_every_user_of_the_test_part_has_a_list_of_what_they_had_not_rated(
    holdout: EvaluationTask, inputs: RankerInputs
) -> None:
    lists = inputs.test.lists
    assert inputs.user_ids.tolist() == sorted(holdout.parts.relevant["user_id"].unique())
    assert lists.user_rows["user_id"].tolist() == inputs.user_ids.tolist()
    assert not lists.relevance.any()
    owner = np.repeat(inputs.user_ids, np.diff(lists.start))
    candidates = pairs(owner, inputs.movie_ids[lists.item_index])
    train = holdout.parts.train
    assert not candidates & pairs(train["user_id"], train["movie_id"])
    found = pairs(holdout.parts.relevant["user_id"], holdout.parts.relevant["movie_id"])
    assert len(found & candidates) > 0.9 * len(found)
    assert len(inputs.test.movie_tables) == len(inputs.training.movie_tables) + 1
    assert (lists.cut == len(inputs.training.movie_tables)).all()


def test_lists_are_made_at_the_moment_of_the_protocol(
    holdout: EvaluationTask, inputs: RankerInputs
) -> None:
    train = holdout.parts.train
    assert set(inputs.test.lists.at) == {train["timestamp"].max() + 1}
    last = ranker_inputs(replace(holdout, name="last"), movies(), CONFIG, LIMITS)
    expected = train.groupby("user_id")["timestamp"].max().loc[inputs.user_ids] + 1
    assert last.test.lists.at.tolist() == expected.tolist()


def test_ids_are_those_of_the_first_part_of_the_ratings(
    holdout: EvaluationTask, inputs: RankerInputs
) -> None:
    train = holdout.parts.train.sort_values("timestamp")
    early = train[: int(0.8 * len(train))]
    vocabularies = inputs.samples.encoding.vocabularies
    assert vocabularies["users"].tolist() == sorted(early["user_id"].unique())
    assert inputs.samples.factors.movie_ids.tolist() == vocabularies["movies"].tolist()
    assert 0 < inputs.samples.encoding.norm_stats["user_rating_mean"].mean < 5


def test_rows_are_means_over_the_seeds_and_find_the_parity(
    holdout: EvaluationTask, rows: tuple[ResultStore, list[Result]]
) -> None:
    results, found = rows
    assert [(r.name, r.group) for r in found] == [
        (CONTROL, "control"),
        (f"{WHOLE}, without its deep part", "ablation"),
        (f"{WHOLE}, without context", "ablation"),
        (f"{BY_FEATURES} as ranker, without signals", "ablation"),
        (WHOLE, "ranker"),
    ]
    by_chance = holdout.figures(shuffled(holdout))["ndcg@10"]
    for row in found:
        assert list(row.figures) == list(holdout.figures(shuffled(holdout)))
        if "without signals" not in row.name:
            assert row.figures["ndcg@10"].low > by_chance.high
    of_control = [r for r in ResultStore(results.root / "runs").all() if CONTROL in r.name]
    mean = np.mean([run.figures["ndcg@10"].value for run in of_control])
    assert len(of_control) == 2
    assert found[0].figures["ndcg@10"].value == pytest.approx(mean)


def shuffled(each: EvaluationTask) -> pd.DataFrame:
    """Lists of what users had not rated, in random order."""
    random, found = np.random.default_rng(1), []
    for user_id in each.parts.relevant["user_id"].unique():
        own = each.parts.train.loc[each.parts.train["user_id"] == user_id, "movie_id"]
        order = random.permutation(np.setdiff1d(np.arange(1, 39), own))
        ranks = np.arange(1, len(order) + 1)
        found.append(pd.DataFrame({"user_id": user_id, "movie_id": order, "rank": ranks}))
    return pd.concat(found)


def test_differences_to_the_control_have_paired_intervals(
    rows: tuple[ResultStore, list[Result]],
) -> None:
    results, found = rows
    above = differences(results, found, found[0], BOOTSTRAP)
    assert set(above) == {row.name for row in found}
    for row in found[1:]:
        figure = above[row.name]["ndcg@10"]
        expected = row.figures["ndcg@10"].value - found[0].figures["ndcg@10"].value
        assert figure.value == pytest.approx(expected)
        assert figure.low <= figure.value <= figure.high
        assert figure.low < figure.high


def test_what_is_measured_is_not_trained_again(
    holdout: EvaluationTask, rows: tuple[ResultStore, list[Result]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> RankerInputs:
        raise AssertionError("the lists are made again")

    results, found = rows
    monkeypatch.setattr("offline.evaluation.leaderboard.ranker_results.ranker_inputs", fail)
    ranked = RankerTask(holdout, movies(), 3.5, (1, 2), LIMITS)
    assert list(ranker_results(ranked, results, [control()], "code")) == found[:1]
    with pytest.raises(AssertionError, match="made again"):
        list(ranker_results(ranked, results, [control()], "other code"))


def test_a_blinded_ranker_sees_zeros_for_one_thing_and_the_rest_as_it_is(
    inputs: RankerInputs,
) -> None:
    whole = inputs.test
    assert hide_inputs(whole, "") == whole
    no_context, no_signals = (
        hide_inputs(whole, "context").lists,
        hide_inputs(whole, "signals").lists,
    )
    assert not no_context.context.any()
    assert no_context.signals is whole.lists.signals
    assert no_signals.signals.shape == whole.lists.signals.shape
    assert not no_signals.signals.any()
    assert no_signals.context is whole.lists.context


def test_candidates_are_ordered_by_score_and_then_by_id(inputs: RankerInputs) -> None:
    lists = inputs.test.lists
    scores = np.zeros(lists.start[-1], dtype=np.float32)
    scores[lists.start[1] - 1] = 1.0
    found = ordered(inputs, scores)
    own = found[found["user_id"] == inputs.user_ids[0]]
    candidates = inputs.movie_ids[lists.item_index[: lists.start[1]]].tolist()
    assert own["movie_id"].tolist() == [candidates[-1], *candidates[:-1]]
    assert own["rank"].tolist() == list(range(1, len(candidates) + 1))
    assert found["user_id"].nunique() == len(inputs.user_ids)


def test_genres_are_named_in_alphabetical_order() -> None:
    assert catalogue_genres(movies()) == tuple(sorted(GENRES))
