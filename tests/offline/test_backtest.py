"""Backtests of worlds in which it is plain what foresees the future."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from offline.backtest import FILE, KINDS, NDCG, Chosen, choose, parameters_of
from offline.cuts import Cut, Ratings, absence, cuts, newcomers
from offline.evidence_of import evidence_of, figures_of
from offline.trials import Trial, mean_ndcg, pooled, with_others
from offline.weight_search import MIXTURES, climb, mixtures, nearness, personal
from sparrow.errors import DataError
from sparrow.evidence import (
    COUNTED,
    FEW,
    NEXT,
    PERSONAL,
    RETURN_DAYS,
    MovieFigures,
    crowd,
    goes_on,
    recency,
    standardised,
)
from sparrow.settings import Settings

USERS, MOVIES, DAY = 60, 40, 86_400
SETTINGS = Settings(like_threshold=3.5)


def world(camps: bool) -> Ratings:
    """Each viewer rates 12 movies in a row: of their own half, or whatever the week offers."""
    random = np.random.default_rng(4)
    rows = []
    for user in range(USERS):
        start = int(random.integers(0, 300)) * DAY
        for event in range(12):
            if camps:
                movie = 2 * int(random.integers(MOVIES // 2)) + user % 2
            else:
                movie = int((start // DAY // 10 + random.integers(4)) % MOVIES)
            rows.append((user, movie, start + event * DAY // 4, 4.0))
    rows = list({(u, m): (u, m, t, s) for u, m, t, s in rows}.values())
    rows.sort(key=lambda row: row[2])
    user, movie, time, stars = (np.array(column) for column in zip(*rows, strict=True))
    return Ratings(
        user,
        movie,
        time + 10**9,
        stars,
        np.full(MOVIES, 1990.0),
        np.arange(USERS),
        np.arange(MOVIES),
    )


def trials(ratings: Ratings, objective: str) -> dict[str, list[Trial]]:
    return {
        kind: [Trial.of(ratings, cut, 1) for cut in made]
        for kind, made in cuts(ratings, KINDS[objective], SETTINGS).items()
    }


def test_where_taste_decides_personal_evidence_wins() -> None:
    found = choose(trials(world(camps=True), "random"))
    weights = found["weights"]
    assert max(weights.get(name, 0.0) for name in PERSONAL) > 0
    chosen, popular = found[NDCG]["random"]
    assert chosen > popular + 0.1


def test_where_everybody_watches_what_is_new_the_crowd_of_the_week_wins() -> None:
    found = choose(trials(world(camps=False), "time"))
    weights = found["weights"]
    assert weights.get("week", 0) + weights.get("month", 0) + weights.get("newness", 0) > 0
    chosen, popular = found[NDCG]["time"]
    assert chosen > popular + 0.1


def test_a_compromise_looks_at_every_kind() -> None:
    found = choose(trials(world(camps=True), "next"))
    assert set(found[NDCG]) == {"last", "time"}
    assert found[NEXT]
    assert 0 < found[RETURN_DAYS] < 300


def test_whoever_hardly_comes_back_has_the_weights_of_what_comes_next() -> None:
    """Those who come back like what the week offers, and those who left wanted their own taste."""
    random = np.random.default_rng(3)
    relevant = random.random((20, 30)) < 0.2
    relevant[:, 0] = True
    nothing = np.zeros(relevant.shape, dtype=np.float32)

    def trial(part: str, days: int) -> Trial:
        parts = dict.fromkeys(COUNTED, nothing) | {part: relevant.astype(np.float32)}
        away = np.full(len(relevant), days * DAY)
        return Trial(parts, np.zeros_like(relevant), relevant, away)

    found = choose({"last": [trial("taste", 50)], "time": [trial("week", 5)]})
    assert (found["weights"], found[NEXT]) == ({"week": 1.0}, {"taste": 1.0})
    assert found[RETURN_DAYS] == 5.0
    assert [reached for reached, _ in found[NDCG].values()] == [1.0, 1.0]


def test_absence_is_measured_from_a_viewers_last_known_rating() -> None:
    user, timestamp = np.array([0, 1, 0, 2]), np.array([10, 20, 50, 90])
    blank = np.zeros(4, dtype=int)
    ratings = Ratings(user, blank, timestamp, blank, np.zeros(1), np.arange(3), np.arange(1))
    cut = Cut(np.array([0, 1, 2]), np.array([3]), np.array([0, 1]))
    assert absence(ratings, cut).tolist() == [1, 31]


def test_those_who_may_come_back_any_day_are_the_ones_whose_lists_do_not_go_on() -> None:
    assert goes_on(np.array([-5, 0, 1, 100, 101]), 100).tolist() == [True, *[False] * 3, True]


def test_viewers_whose_lists_go_on_keep_the_other_weights() -> None:
    """What is wanted by those who stay away and by those who come back are opposites."""
    random = np.random.default_rng(3)
    relevant = random.random((20, 30)) < 0.2
    relevant[:, 0] = True
    away = np.where(np.arange(20) < 5, 1_000, 10)
    wanted = np.where(away[:, None] > 100, -1, 1) * relevant
    crowd = np.broadcast_to(np.zeros(30, dtype=np.float32), relevant.shape)
    parts = {"taste": wanted.astype(np.float32), "week": crowd}
    trial = Trial(parts, np.zeros_like(relevant), relevant, away)
    assert with_others([trial], 100, {"taste": -1.0})({"taste": 1.0}) == pytest.approx(1.0)
    some = with_others([trial], 100, {"taste": 1.0})({"taste": 1.0})
    assert some == pytest.approx(trial.ndcg({"taste": 1.0}))
    assert some < 0.9
    assert with_others([trial], 1, {"taste": 1.0})({"taste": -1.0}) == pytest.approx(some)
    assert with_others([trial], 2_000, {})({"taste": 1.0}) == pytest.approx(some)
    assert trial.of_viewers(away > 100).parts["week"].strides[0] == 0


def test_a_compromise_is_sought_between_what_both_want() -> None:
    made = mixtures({"taste": 1.0}, {"taste": 1.0, "week": 2.0})
    assert {"taste": 2.0, "week": 2.0} in made
    assert len(made) == len(MIXTURES)

    def ridge(weights: dict[str, float]) -> float:
        return float(weights.get("taste", 0.0) == weights.get("week", 0.0) == 9.0) + 0.1

    assert climb(ridge)[1] == pytest.approx(0.1)
    assert climb(ridge, mixtures({"taste": 9.0}, {"week": 9.0}))[1] == pytest.approx(1.1)


def test_nearness_is_the_mean_share_of_the_best() -> None:
    random = np.random.default_rng(3)
    relevant = random.random((20, 30)) < 0.2
    relevant[:, 0] = True
    nothing = np.zeros(relevant.shape, dtype=np.float32)
    seen = np.zeros_like(relevant)
    knows = {"quality": relevant.astype(np.float32), "year": nothing}
    mistaken = {"quality": nothing, "year": relevant.astype(np.float32)}
    away = np.ones(len(relevant))
    last, time = (Trial(parts, seen, relevant, away) for parts in (knows, mistaken))
    uninformed = time.ndcg({"quality": 1.0})
    goals = {"last": pooled([last]), "time": pooled([time])}
    reached = nearness(goals, {"last": 1.0, "time": 0.5})({"quality": 1.0})
    assert reached == pytest.approx((1.0 + uninformed / 0.5) / 2)


def test_cuts_keep_both_sides_apart() -> None:
    ratings = world(camps=True)
    for kind, made in cuts(ratings, ("random", "last", "time"), SETTINGS).items():
        for cut in made:
            assert not np.intersect1d(cut.known, cut.relevant).size
            if kind == "time":
                assert ratings.timestamp[cut.known].max() <= ratings.timestamp[cut.relevant].min()
            if kind == "last":
                assert (np.bincount(ratings.user[cut.relevant], minlength=USERS) == 1).all()
                last_known = np.zeros(USERS)
                np.maximum.at(last_known, ratings.user[cut.known], ratings.timestamp[cut.known])
                asked = last_known[ratings.user[cut.relevant]]
                assert (ratings.timestamp[cut.relevant] >= asked).all()
            assert np.isin(cut.users, ratings.user[cut.known]).all()
            assert np.isin(cut.users, ratings.user[cut.relevant]).all()


def test_the_ratings_before_the_last_are_asked_for_as_if_they_were_it() -> None:
    ratings = world(camps=True)
    made = cuts(ratings, ("last",), SETTINGS)["last"]
    asked = np.sort(np.concatenate([cut.relevant for cut in made]))
    newest = [np.flatnonzero(ratings.user == user)[-3:] for user in range(USERS)]
    np.testing.assert_array_equal(asked, np.sort(np.concatenate(newest)))
    for earlier, later in zip(made[1:], made, strict=False):
        assert np.isin(earlier.relevant, later.known).all()
        assert not np.isin(later.relevant, earlier.known).any()


def test_what_lies_behind_a_cut_changes_no_evidence() -> None:
    ratings = world(camps=True)
    known = np.arange(400)
    cut = Cut(known, np.arange(400, len(ratings.user)), np.unique(ratings.user[known])[:20])
    before = evidence_of(ratings, cut, 1)
    shuffled = ratings.movie.copy()
    shuffled[400:] = shuffled[400:][::-1]
    after = evidence_of(replace(ratings, movie=shuffled), cut, 1)
    assert set(before) == set(COUNTED)
    for name in COUNTED:
        np.testing.assert_array_equal(before[name], after[name])


def test_figures_by_hand() -> None:
    movie, time = np.array([0, 1, 1, 0]), np.array([0, 20, 28, 30]) * DAY
    stars = np.array([5.0, 3.0, 4.0, 2.0])
    years = np.array([1990.0, 1991.0, 1992.0])
    ratings = Ratings(np.zeros(4, int), movie, time, stars, years, np.arange(1), np.arange(3))
    figures, as_of = figures_of(ratings, Cut(np.arange(4), np.arange(0), np.array([0])))
    assert as_of == 30 * DAY + 1
    assert figures.count.tolist() == [2, 2, 0]
    np.testing.assert_array_equal(figures.mean, [3.5, 3.5, np.nan])
    assert figures.last_month.tolist() == [1, 2, 0]  # the first is a second older than 30 days
    assert figures.last_week.tolist() == [1, 1, 0]
    np.testing.assert_array_equal(figures.first_rated, [0, 20 * DAY, np.nan])


def test_ndcg_agrees_with_scikit_learn() -> None:
    random = np.random.default_rng(0)
    scores, relevant = random.random((30, 25)), random.random((30, 25)) < 0.2
    relevant[~relevant.any(axis=1), 0] = True
    for places in (1, 10, 25):
        expected = ndcg_score(relevant, scores, k=places)
        assert mean_ndcg(scores, relevant, places) == pytest.approx(expected)


def test_an_oracle_is_perfect_and_climbing_finds_it() -> None:
    random = np.random.default_rng(3)
    relevant = random.random((20, 30)) < 0.2
    relevant[:, 0] = True
    noise = {name: random.normal(size=(20, 30)).astype(np.float32) for name in COUNTED}
    oracle = {**noise, "quality": relevant.astype(np.float32)}
    seen, away = np.zeros_like(relevant), np.ones(len(relevant))
    weights, best = climb(pooled([Trial(oracle, seen, relevant, away)]))
    assert weights == {"quality": 1.0}
    assert best == 1.0


def test_the_parts_that_are_the_same_for_everybody() -> None:
    unknown = np.array([np.nan, 1.0, 3.0])
    figures = MovieFigures(np.array([0, 1, 9]), unknown, np.zeros(3), np.zeros(3), unknown, unknown)
    parts = crowd(figures, 10)
    assert parts["popularity"][2] > parts["popularity"][1] > parts["popularity"][0]
    assert not parts["month"].any()
    assert parts["newness"].tolist()[0] == 0  # never rated: neither new nor old
    assert parts["newness"][2] > parts["newness"][1]
    assert recency(3).tolist() == pytest.approx([0.5 ** (2 / 5), 0.5 ** (1 / 5), 1.0])
    assert standardised(np.array([[1.0, 3.0], [5.0, 5.0]])).tolist() == [[-1, 1], [0, 0]]


def test_newcomers_are_known_by_their_first_ratings_alone() -> None:
    ratings = world(camps=True)
    found = newcomers(ratings, SETTINGS)
    assert set(found) == set(FEW)
    for few, cut in found.items():
        assert not np.intersect1d(cut.known, cut.relevant).size
        for user in cut.users:
            mine = np.flatnonzero(ratings.user == user)
            known = np.intersect1d(mine, cut.known)
            assert known.tolist() == mine[:few].tolist()
        others = np.setdiff1d(ratings.user, ratings.user[cut.relevant])
        assert np.isin(np.flatnonzero(np.isin(ratings.user, others)), cut.known).all()


def test_the_release_gets_the_weights_of_every_situation_by_name(tmp_path: Path) -> None:
    found = {"weights": {"taste": 1.0}, "few": {"3": [{"popularity": 0.5}, 0.2]}}
    (tmp_path / FILE).write_text(json.dumps({**found, "objective": "random"}))
    expected = {"weight_taste": 1.0, "weight_popularity@3": 0.5}
    assert parameters_of(tmp_path) == expected
    assert not Chosen.load(tmp_path).stopped(np.array([-1, 10**9])).any()
    others = {"objective": "next", NEXT: {"week": 2.0}, RETURN_DAYS: 10.0}
    (tmp_path / FILE).write_text(json.dumps(found | others))
    assert parameters_of(tmp_path) == expected | {"weight_week@next": 2.0, "return_days": 10.0}
    stopped = Chosen.load(tmp_path).stopped(np.array([-1, DAY, 11 * DAY]))
    assert stopped.tolist() == [True, False, True]


def test_weights_of_another_version_say_what_to_run(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps({"weights": {"taste": 1.0}}))
    with pytest.raises(DataError, match="sparrow pipeline"):
        parameters_of(tmp_path)


def test_a_newcomers_list_is_as_much_ones_own_as_costs_little() -> None:
    def goal(weights: dict[str, float]) -> float:
        return 1.0 - 0.01 * weights.get("alike", 0.0) + 0.1 * weights.get("quality", 0.0)

    def capped(weights: dict[str, float]) -> float:
        return min(goal(weights), 1.0)

    weights, reached = personal(capped)
    assert reached >= 0.97
    assert weights["alike"] >= 2.5
