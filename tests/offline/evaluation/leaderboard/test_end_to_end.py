from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offline.evaluation.leaderboard.end_to_end import EndToEndRun
from offline.evaluation.leaderboard.list_results import FLOW, end_to_end_results
from offline.evaluation.leaderboard.results import ResultStore
from offline.evaluation.tasks.evaluation_task import Bootstrap, EvaluationTask
from offline.evaluation.tasks.protocols import TrainTest, by_time
from sparrow.errors import DataError

MOVIES = pd.DataFrame(
    {
        "movie_id": [3, 90_000],
        "title": ["Up, and Down", "Nothing"],
        "year": pd.array([1999, None], dtype="Int32"),
        "genres": [["Comedy", "Drama"], []],
    }
)
RATINGS = pd.DataFrame(
    {"user_id": [9, 2], "movie_id": [3, 90_000], "rating": [4.5, 1.0], "timestamp": [7, 5]}
)

# A stand-in for the command line: it keeps a log and recommends movie 3 to user 2.
FAKE = """
import os, sys, pandas as pd
from pathlib import Path
root, asked = Path(os.environ["SPARROW_DATA_DIR"]), sys.argv[1:]
assert os.environ["SPARROW_DATASET"] == "train" and "SPARROW_REDIS_URL" not in os.environ
with (root / "log").open("a") as log:
    log.write(" ".join(a for a in asked if not a.startswith("/")) + "\\n")
if asked[0] == "recommend" and "--list-sources" in asked:
    if (root / "old").exists():
        sys.exit("no such option")
    print("als\\ntrend")
elif asked[0] == "recommend":
    lists = pd.DataFrame({"user_id": [2], "movie_id": [3], "rank": [1], "score": [0.5]})
    lists.to_parquet(asked[-1])
elif asked[0] == "pipeline" and (root / "broken").exists():
    sys.exit("the disk is full")
"""


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EndToEndRun:
    monkeypatch.setenv("SPARROW_REDIS_URL", "redis://somebody-elses")
    script = tmp_path / "fake.py"
    script.write_text(FAKE)
    root = tmp_path / "product"
    root.mkdir()
    return EndToEndRun(root, (sys.executable, str(script)))


def counting_task() -> EvaluationTask:
    """Whose one figure is how many rows lists have."""
    parts = TrainTest(RATINGS, RATINGS[:0])

    def rows(lists: pd.DataFrame) -> dict[str, np.ndarray]:
        return {"rows": np.array([len(lists)])}

    return EvaluationTask("time", parts, by_time, rows, lambda _: {}, Bootstrap(1, 10))


def test_the_training_part_is_written_as_movielens_does(product: EndToEndRun) -> None:
    product.train(MOVIES, RATINGS)
    csv = product.root / "csv"
    assert (csv / "movies.csv").read_text().splitlines() == [
        "movieId,title,genres",
        '3,"Up, and Down (1999)",Comedy|Drama',
        "90000,Nothing,(no genres listed)",
    ]
    assert (csv / "ratings.csv").read_text().splitlines() == [
        "userId,movieId,rating,timestamp",
        "2,90000,1.0,5",
        "9,3,4.5,7",
    ]


def test_flow_and_channels_are_asked_from_one_release(product: EndToEndRun, tmp_path: Path) -> None:
    results = ResultStore(tmp_path / "results")
    found = list(end_to_end_results(counting_task(), results, MOVIES, product, "code"))
    assert [(r.name, r.group) for r in found] == [
        (FLOW, "flow"),
        ("source als", "source"),
        ("source trend", "source"),
    ]
    log = (product.root / "log").read_text().splitlines()
    assert log == [
        "data import train --from",
        "pipeline --force",
        "recommend --users all --limit 100 --at end --out",
        "recommend --list-sources",
        "recommend --users all --limit 100 --at end --source als --out",
        "recommend --users all --limit 100 --at end --source trend --out",
    ]
    assert all(each.figures["rows"].value == 1 for each in found)
    again = list(end_to_end_results(counting_task(), results, MOVIES, product, "code"))
    assert again == found
    assert (product.root / "log").read_text().splitlines() == [*log, "recommend --list-sources"]


def test_under_the_protocol_last_lists_are_made_at_each_users_last_event(
    product: EndToEndRun, tmp_path: Path
) -> None:
    last = replace(counting_task(), name="last")
    list(end_to_end_results(last, ResultStore(tmp_path / "r"), MOVIES, product, "code"))
    made = (product.root / "log").read_text().splitlines()
    assert made[2:] == [
        "recommend --users all --limit 100 --at last-event --out",
        "recommend --list-sources",
        "recommend --users all --limit 100 --at last-event --source als --out",
        "recommend --users all --limit 100 --at last-event --source trend --out",
    ]


def test_without_channels_there_is_the_flow(product: EndToEndRun, tmp_path: Path) -> None:
    (product.root / "old").touch()
    found = list(
        end_to_end_results(counting_task(), ResultStore(tmp_path / "r"), MOVIES, product, "c")
    )
    assert [r.name for r in found] == [FLOW]


def test_a_command_that_fails_is_named_with_its_last_words(product: EndToEndRun) -> None:
    (product.root / "broken").touch()
    with pytest.raises(DataError, match=r"sparrow pipeline --force.*the disk is full"):
        product.train(MOVIES, RATINGS)


def test_no_order_of_the_file_tells_the_time(product: EndToEndRun) -> None:
    random = np.random.default_rng(1)
    many = RATINGS.iloc[random.integers(0, 2, 1)]
    product.train(MOVIES, pd.concat([RATINGS[::-1], many]).drop_duplicates())
    lines = (product.root / "csv" / "ratings.csv").read_text().splitlines()
    assert lines[1:] == ["2,90000,1.0,5", "9,3,4.5,7"]
