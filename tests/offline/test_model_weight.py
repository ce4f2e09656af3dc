"""How much a model counts: asked on ratings that it has not seen, as of before they happened."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from checkerboard import checkerboard

from offline import features
from offline.asked import Asked
from offline.backtest import NDCG, Chosen, read_ratings
from offline.cuts import Cut, Ratings
from offline.evidence_of import evidence_of
from offline.features import load_feature_set
from offline.held_cut import HELD, HeldCut, held_cuts
from offline.model_weight import FILE, GRID, choose, parameters_of
from offline.splits import held_out, time_cuts
from offline.steps import Workspace, execute
from offline.tower_weight import GRID as TOWER_GRID
from offline.tower_weight import TowerWeights, tower_weight, tower_weights
from offline.trials import Trial
from sparrow.errors import DataError
from sparrow.events import Events
from sparrow.folds import DAY, user_rows
from sparrow.sight import Past

VIEWERS, MOVIES = 60, 40


def trial(**verdicts: np.ndarray) -> Trial:
    random = np.random.default_rng(5)
    evidence = random.normal(size=(VIEWERS, MOVIES)).astype(np.float32)
    parts = {"evidence": evidence, **verdicts}
    return Trial(parts, np.zeros((VIEWERS, MOVIES), bool), RELEVANT, np.ones(VIEWERS))


RELEVANT = np.random.default_rng(1).random((VIEWERS, MOVIES)) < 0.1
RELEVANT[:, 0] = True
TRUTH = RELEVANT.astype(np.float32)
NOTHING = np.zeros_like(TRUTH)


def test_a_model_that_knows_counts_much_and_one_that_errs_not_at_all() -> None:
    assert choose({"last": [trial(like=TRUTH)]})["weights"] == {"like": max(GRID["like"])}
    assert choose({"last": [trial(like=-TRUTH)]})["weights"] == {"like": 0}
    found = choose({"last": [trial(like=NOTHING, watch=3 * TRUTH)]})
    before, after = found[NDCG]["last"]
    assert found["weights"]["watch"] == max(GRID["watch"])
    assert after > before


def test_what_is_foreseen_equally_well_is_to_be_liked() -> None:
    assert choose({"time": [trial(like=NOTHING)]})["weights"] == {"like": max(GRID["like"])}


def test_two_kinds_of_cut_that_ask_for_different_lists_count_alike() -> None:
    right, wrong = [trial(like=TRUTH)], [trial(like=-TRUTH)]
    chosen = choose({"last": right, "time": wrong})["weights"]
    assert chosen["like"] > 0  # what one kind gains is more than the other loses
    assert choose({"last": wrong, "time": right})["weights"] == chosen


def test_towers_that_know_count_and_others_do_not() -> None:
    both = {"last": [trial(towers=TRUTH)], "time": [trial(towers=TRUTH)]}
    assert tower_weight(both) == max(TOWER_GRID)
    assert tower_weight({"last": [trial(towers=-TRUTH)]}) == 0.0
    assert tower_weight({"last": [trial(towers=NOTHING)]}) == 0.0


def asked(kind: str, stopped: np.ndarray, going_on: bool = True) -> Asked:
    held = HeldCut(kind, Cut(*np.zeros((3, 0), dtype=int)), 0, pa.table({}), pa.table({}))
    alone, away = trial(), np.ones(VIEWERS)
    evidence = alone.parts["evidence"]
    other = evidence if going_on else None
    return Asked(held, evidence, alone.seen, alone.relevant, away, stopped, other)


def test_towers_count_by_the_viewers_situation() -> None:
    """They know what comes next where viewers stopped, and err about all who come back."""
    everybody, nobody = np.ones(VIEWERS, bool), np.zeros(VIEWERS, bool)
    best = max(TOWER_GRID)
    cuts = [asked("last", everybody), asked("time", nobody)]
    assert tower_weights(cuts, [TRUTH, -TRUTH]) == TowerWeights(0.0, best)
    assert tower_weights(cuts, [-TRUTH, TRUTH]) == TowerWeights(best, 0.0)


def test_lists_that_go_on_are_judged_by_everybodys_last_rating() -> None:
    nobody = np.zeros(VIEWERS, bool)
    assert tower_weights([asked("last", nobody)], [TRUTH]).next == max(TOWER_GRID)
    assert tower_weights([asked("time", nobody)], [TRUTH]).next is None
    assert tower_weights([asked("last", nobody, going_on=False)], [TRUTH]).next is None


def test_each_viewers_evidence_is_that_of_their_situation() -> None:
    random = np.random.default_rng(2)
    user = np.arange(300) % 30
    at = np.sort(random.integers(0, 100 * DAY, 300))
    at[user < 10] -= 1_000 * DAY  # who left long ago
    movie = random.integers(0, 12, 300)
    order = np.argsort(at, kind="stable")
    ratings = Ratings(
        user[order], movie[order], at[order] + 10**9, np.full(300, 4.0),
        np.full(12, 1990.0), np.arange(30), np.arange(12),
    )  # fmt: skip
    cut = Cut(np.arange(250), np.arange(250, 300), np.arange(30))
    held = HeldCut("last", cut, 0, pa.table({}), pa.table({}))
    weights, others = {"taste": 1.0, "week": 0.5}, {"co_rated": 2.0}
    parts = evidence_of(ratings, cut, 1)
    found = Asked.of(ratings, held, Chosen(("last",), weights, others, 200.0, {}), 1)
    assert found.stopped.tolist() == [user < 10 for user in range(30)]
    np.testing.assert_allclose(found.going_on, 2 * parts["co_rated"])
    np.testing.assert_allclose(found.evidence[:10], 2 * parts["co_rated"][:10])
    settled = parts["taste"] + 0.5 * parts["week"]
    np.testing.assert_allclose(found.evidence[10:], settled[10:], rtol=1e-6)
    alike = Asked.of(ratings, held, Chosen(("last",), weights, None, 0.0, {}), 1)
    np.testing.assert_allclose(alike.evidence, settled, rtol=1e-6)
    assert alike.going_on is None


def test_the_release_gets_the_weights_by_name(tmp_path: Path) -> None:
    models = {"din": {"weights": {"like": 0.2}}}
    found = {"towers": {"weight": 0.5, "next": 2.0}, "models": models}
    (tmp_path / FILE).write_text(json.dumps(found))
    expected = {"weight_towers": 0.5, "weight_like_din": 0.2}
    assert parameters_of(tmp_path) == expected | {"weight_towers@next": 2.0}
    (tmp_path / FILE).write_text(json.dumps({**found, "towers": {"weight": 0.5, "next": None}}))
    assert parameters_of(tmp_path) == expected
    (tmp_path / FILE).write_text(json.dumps({**found, "towers": 0.5}))
    with pytest.raises(DataError, match="sparrow pipeline"):
        parameters_of(tmp_path)


@pytest.mark.spark
def test_a_held_cut_knows_nothing_of_what_it_asks_for(space: Workspace) -> None:
    settings = space.settings
    declared = load_feature_set(execute(features.step(settings), space))
    ratings = read_ratings(space)
    frame = space.spark.read.parquet(str(space.tables.path("ratings")))
    validation, test = time_cuts(frame)
    flags = held_out(frame, settings.seed).toPandas().set_index(["user_id", "movie_id"])
    found = {held.kind: held for held in held_cuts(space, ratings, HELD)}
    assert {"random", "last"} <= set(found)
    for kind, held in found.items():
        flag = flags[HELD[kind]] if HELD[kind] else ~flags.before_validation
        for rows, expected in ((held.cut.relevant, True), (held.cut.known, False)):
            pairs = zip(
                ratings.user_ids[ratings.user[rows]],
                ratings.movie_ids[ratings.movie[rows]],
                strict=True,
            )
            assert (flag.loc[list(pairs)] == expected).all()
        asked = ratings.timestamp[held.cut.relevant]
        assert held.at == validation
        assert (asked < validation).all() if HELD[kind] else (asked < test).all()
        assert held.viewers["user_id"].to_pylist() == ratings.user_ids[held.cut.users].tolist()
        assert held.movies["movie_id"].to_pylist() == ratings.movie_ids.tolist()
        _expect_folds(held, flags[flags.before_validation & ~flag], declared)
    counts = found["random"].movies["movie_rating_count"].to_numpy()
    known = flags[flags.before_validation & ~flags.held_at_random].groupby("movie_id").size()
    np.testing.assert_array_equal(counts, known.reindex(ratings.movie_ids, fill_value=0))


def _expect_folds(held, known, declared) -> None:
    row = held.viewers.slice(0, 1).to_pylist()[0]
    mine = known.loc[row["user_id"]].sort_values("timestamp")
    movies = mine.index.to_numpy()
    blank = np.zeros(len(mine), dtype=np.int64)
    events = Events.in_time_order(
        mine.timestamp.to_numpy(), movies, movies, mine.rating.to_numpy(), blank,
        np.full(len(mine), 1990.0, np.float32),
    )  # fmt: skip
    expected = user_rows(Past(events, np.array([held.at])), declared)
    for name in ("user_rating_count", "user_rating_mean"):
        assert row[name] == pytest.approx(float(expected[name][0]))
    assert row["user_rating_count"] < len([r for r in checkerboard() if r[0] == row["user_id"]])
