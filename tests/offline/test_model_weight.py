"""How much a model counts: asked on ratings that it has not seen, as of before they happened."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from checkerboard import checkerboard

from offline import features
from offline.asked import Asked
from offline.backtest import NDCG, Trial, read_ratings
from offline.cuts import Cut
from offline.features import load_feature_set
from offline.held_cut import HELD, HeldCut, held_cuts
from offline.model_weight import GRID, choose
from offline.splits import held_out, time_cuts
from offline.steps import Workspace, execute
from offline.tower_weight import GRID as TOWER_GRID
from offline.tower_weight import TowerWeights, tower_weight, tower_weights
from sparrow.events import Events
from sparrow.folds import user_rows
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


def asked(kind: str, stopped: np.ndarray) -> Asked:
    held = HeldCut(kind, Cut(*np.zeros((3, 0), dtype=int)), 0, pa.table({}), pa.table({}))
    alone = trial()
    return Asked(
        held, alone.parts["evidence"], alone.seen, alone.relevant, np.ones(VIEWERS), stopped
    )


def test_towers_count_by_the_viewers_situation() -> None:
    """They know what comes next where viewers stopped, and err about all who come back."""
    stopped = np.arange(VIEWERS) % 2 == 0
    said = np.where(stopped[:, None], TRUTH, -TRUTH)
    cuts = [asked("last", stopped), asked("time", stopped)]
    assert tower_weights(cuts, [said, said]) == TowerWeights(0.0, max(TOWER_GRID))
    assert tower_weights(cuts, [-said, -said]) == TowerWeights(max(TOWER_GRID), 0.0)
    nobody = np.zeros(VIEWERS, bool)
    found = tower_weights([asked("time", nobody)], [TRUTH])
    assert found == TowerWeights(max(TOWER_GRID), 0.0)


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
