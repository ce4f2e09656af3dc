from __future__ import annotations

from pathlib import Path

import numpy as np

from offline.evaluation.leaderboard import plots
from offline.evaluation.leaderboard.page import PageHeader, page
from offline.evaluation.leaderboard.results import Result
from offline.metrics.bootstrap import MetricInterval

ABOUT = PageHeader(
    "little", "made up", {"ratings": 1200, "users": 30, "movies": 40}, (42, 43), 500, 3.5
)


def lists(name: str, group: str, ndcg: float, remark: str = "") -> Result:
    figures = {
        "ndcg@10": MetricInterval(ndcg, ndcg - 0.02, ndcg + 0.01),
        "cold@10": MetricInterval(0.1, 0.1, 0.1),
    }
    return Result("lists time", name, group, figures, remark)


RESULTS = [
    lists("popularity", "baseline", 0.15, "likes only"),
    lists("flow", "flow", 0.12),
    lists("recent", "baseline", 0.25),
]


def test_rows_are_sorted_and_a_baseline_that_wins_is_said_to_win() -> None:
    text = page(ABOUT, RESULTS, ["leaderboard/lists-time.svg"], {})
    places = [text.index(f"| {name} | {kind} |") for name, kind in (
        ("recent", "baseline"), ("popularity", "baseline"), ("flow", "flow"))]  # fmt: skip
    assert places == sorted(places)
    assert "**recent**, NDCG@10 0.2500 ± 0.0200, a baseline." in text
    assert "| popularity | lists time | likes only |" in text
    assert "](leaderboard/lists-time.svg)" in text
    assert "1,200 ratings, 30 users, 40 movies" in text


def test_a_winner_stands_beside_the_best_baseline() -> None:
    text = page(ABOUT, [*RESULTS, lists("best", "flow", 0.5)], [], {})
    assert "**best**, NDCG@10 0.5000 ± 0.0200 (best baseline: recent, 0.2500 ± 0.0200)." in text


def test_all_rows_of_a_table_have_its_columns() -> None:
    for block in page(ABOUT, RESULTS, [], {}).split("\n\n"):
        if block.startswith("|"):
            assert len({line.count("|") for line in block.splitlines()}) == 1


def test_a_figure_that_a_row_lacks_is_a_dash() -> None:
    auc, rmse = MetricInterval(0.7, 0.6, 0.8), MetricInterval(0.9, 0.8, 1.0)
    rows = [
        Result("likes time", "a", "model", {"auc": auc}),
        Result("likes time", "b", "baseline", {"auc": auc, "rmse": rmse}),
    ]
    text = page(ABOUT, rows, [], {})
    assert "| a | model | 0.7000 ± 0.1000 | – |" in text


def test_rankers_stand_beside_the_control_with_their_differences() -> None:
    rows = [
        *RESULTS,
        lists("channel als", "channel", 0.9),
        lists("gated ranker, without context", "ablation", 0.31),
        lists("din as ranker", "ranker", 0.33),
        lists("gated ranker", "ranker", 0.35),
        lists("linear control", "control", 0.3),
    ]
    above = {row.name: {"ndcg@10": MetricInterval(row.figures["ndcg@10"].value - 0.3, -0.01, 0.06)}
             for row in rows}  # fmt: skip
    text = page(ABOUT, rows, [], {"lists time": above})
    table = text.partition("### The ranking stage\n\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split(" | ")[0].strip("| ") for line in table[2:]] == [
        "recent",  # the best baseline alone
        "flow",
        "linear control",
        "gated ranker, without context",
        "gated ranker",
        "din as ranker",
    ]
    assert table[0] == "|  | kind | NDCG@10 ↑ | to the control |"
    assert "| gated ranker | ranker | 0.3500 ± 0.0200 | +0.0500 (-0.0100 to +0.0600) |" in table


def test_pictures_are_the_same_byte_for_byte(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    label = random.integers(0, 2, 300)
    curves = {"model": (label, 0.3 * label + 0.7 * random.random(300))}
    for draw in (plots.roc, plots.precision_recall, plots.calibration):
        draw(curves, tmp_path / "one.svg")
        draw(curves, tmp_path / "two.svg")
        first = (tmp_path / "one.svg").read_bytes()
        assert first == (tmp_path / "two.svg").read_bytes()
        assert b"<svg" in first
        assert b"dc:date" not in first
    plots.bars(RESULTS, "ndcg@10", "NDCG", tmp_path / "bars.svg")
    assert b"<svg" in (tmp_path / "bars.svg").read_bytes()
