from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from offline.evaluation.leaderboard.results import Result, ResultStore
from offline.metrics.bootstrap import MetricInterval

WANTED = Result("lists time", "RP3β", "baseline", key="k1")
MEASURED = {"ndcg@10": MetricInterval(0.2, 0.1, 0.3)}


class Measure:
    """Counts how often it measures."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, wanted: Result) -> Result:
        self.times += 1
        return replace(wanted, figures=MEASURED)


def test_what_is_measured_is_not_measured_again(tmp_path: Path) -> None:
    measure, results = Measure(), ResultStore(tmp_path, {"dataset": "a"})
    first = results.get_or_measure(WANTED, measure)
    assert results.get_or_measure(WANTED, measure) == first
    assert first.figures == MEASURED
    assert measure.times == 1
    assert results.all() == [first]


def test_another_key_is_measured_anew(tmp_path: Path) -> None:
    measure, results = Measure(), ResultStore(tmp_path)
    results.get_or_measure(WANTED, measure)
    assert results.get_or_measure(replace(WANTED, key="k2"), measure).key == "k2"
    assert measure.times == 2
    assert len(results.all()) == 1


def test_names_that_look_alike_have_files_of_their_own(tmp_path: Path) -> None:
    results = ResultStore(tmp_path)
    for name in ("RP3β", "RP3α", "rp3"):
        results.get_or_measure(replace(WANTED, name=name), Measure())
    assert {r.name for r in results.all()} == {"RP3β", "RP3α", "rp3"}


def test_results_of_other_data_are_left_out(tmp_path: Path) -> None:
    ResultStore(tmp_path, {"dataset": "a"}).get_or_measure(WANTED, Measure())
    assert ResultStore(tmp_path, {"dataset": "b"}).all() == []


def test_keys_tell_facts_apart() -> None:
    results = ResultStore(Path(), {"dataset": "a"})
    keys = {results.key(), results.key(seed=1), results.key(seed=2), ResultStore(Path()).key()}
    assert len(keys) == 4
