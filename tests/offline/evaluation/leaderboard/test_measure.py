from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from sample_world import checkerboard_taste, write_samples

from offline.evaluation.leaderboard.like_results import (
    LikeTask,
    like_baseline_results,
    model_results,
)
from offline.evaluation.leaderboard.list_results import (
    baseline_results,
    differences,
    keep_values,
    with_metrics,
)
from offline.evaluation.leaderboard.results import Result, ResultStore
from offline.evaluation.tasks.evaluation_task import (
    Bootstrap,
    EvaluationData,
    EvaluationTask,
    fold_tasks,
    make_task,
)
from offline.evaluation.tasks.protocols import KNOWN_COUNTS, ProtocolConfig
from offline.metrics.bootstrap import MetricInterval
from offline.runtime.step import RunContext
from sparrow.settings import Settings

pytestmark = pytest.mark.tensorflow
BOOTSTRAP = Bootstrap(seed=1, rounds=20)


def catalogue() -> EvaluationData:
    """60 users rate 20 of the 24 movies of their parity; movie 999 is rated by nobody."""
    random = np.random.default_rng(5)
    rows = [
        (user * 3, movie * 2 + user % 2, 5.0, int(random.integers(10**7)))
        for user in range(60)
        for movie in random.choice(24, 20, replace=False)
    ]
    ratings = pd.DataFrame(rows, columns=["user_id", "movie_id", "rating", "timestamp"])
    ids = [*range(48), 999]
    genres = [["Comedy"] if i % 2 else ["Drama"] for i in ids]
    return EvaluationData(pd.DataFrame({"movie_id": ids, "genres": genres}), ratings)


def everything_popular(each: EvaluationTask) -> pd.DataFrame:
    best = each.parts.train["movie_id"].value_counts().index[:30]
    users = each.parts.relevant["user_id"].unique()
    lists = pd.DataFrame({"user_id": np.repeat(users, 30), "movie_id": np.tile(best, len(users))})
    return lists.assign(rank=np.tile(np.arange(1, 31), len(users)))


@pytest.mark.parametrize("name", ["random", "time", "last", "holdout"])
def test_a_task_measures_ranking_and_qualities(name: str) -> None:
    each = make_task(name, catalogue(), ProtocolConfig(), BOOTSTRAP)
    found = each.figures(everything_popular(each))
    assert found["coverage@10"].value == pytest.approx(10 / 49)
    assert 0 <= found["ndcg@10"].low <= found["ndcg@10"].value <= found["ndcg@10"].high <= 1


def test_lists_of_users_that_are_not_asked_about_do_not_count() -> None:
    each = make_task("last", catalogue(), ProtocolConfig(), BOOTSTRAP)
    lists = everything_popular(each)
    stranger = pd.DataFrame({"user_id": [77_777], "movie_id": [999], "rank": [1]})
    assert each.figures(pd.concat([lists, stranger])) == each.figures(lists)


def test_a_cold_movie_below_the_first_ten_counts_in_the_first_twenty() -> None:
    each = make_task("last", catalogue(), ProtocolConfig(), BOOTSTRAP)
    lists = everything_popular(each)
    lists.loc[lists["rank"] == 15, "movie_id"] = 999
    found = each.figures(lists)
    assert (found["cold@10"].value, found["cold@20"].value) == (0, 1 / 20)


def test_cold_users_are_measured_by_what_is_known_of_them() -> None:
    each = make_task("cold", catalogue(), ProtocolConfig(), BOOTSTRAP)
    found = each.figures(everything_popular(each))
    assert list(found) == [f"{count} known" for count in KNOWN_COUNTS]


def kept(results: ResultStore, name: str, values: np.ndarray) -> Result:
    result = Result("lists time", name, "ranker")
    keep_values(results, result, {"ndcg@10": values, "map@10": values})
    return result


def test_a_difference_is_that_of_each_user(tmp_path: Path) -> None:
    """Users differ by far more than the two rows do, which only a paired interval sees."""
    results, random = ResultStore(tmp_path), np.random.default_rng(2)
    easy = random.random(200)
    control = kept(results, "linear control", easy)
    better = kept(results, "better", easy + random.normal(0.01, 0.01, 200))
    found = differences(results, [control, better], control, Bootstrap(1, 200))
    assert found["linear control"]["ndcg@10"] == MetricInterval(0.0, 0.0, 0.0)
    assert list(found["better"]) == ["ndcg@10"]
    above = found["better"]["ndcg@10"]
    assert 0.005 < above.low < above.value < above.high < 0.015


def test_runs_are_compared_seed_by_seed(tmp_path: Path) -> None:
    results = ResultStore(tmp_path)
    users = np.linspace(0.0, 0.5, 40)
    by_seed = np.stack([users, users + 0.2, users - 0.1])
    control = kept(results, "linear control", by_seed)
    rows = [
        kept(results, "higher in every run", by_seed + 0.1),
        kept(results, "run twice", by_seed[:2] + 0.1),
        kept(results, "run once", users),
    ]
    found = differences(results, rows, control, Bootstrap(1, 200))
    assert str(found["higher in every run"]["ndcg@10"]) == "0.1000 ± 0.0000"
    assert str(found["run twice"]["ndcg@10"]) == "0.1000 ± 0.0000"
    once = found["run once"]["ndcg@10"]  # what the seeds make of the control is its uncertainty
    assert once.value == pytest.approx(-0.1 / 3)
    assert (once.low, once.high) == (pytest.approx(-0.2), pytest.approx(0.1))


def test_there_is_a_task_for_every_fold() -> None:
    tasks = fold_tasks(3, catalogue(), ProtocolConfig(), BOOTSTRAP)
    assert [each.name for each in tasks] == ["fold 1 of 3", "fold 2 of 3", "fold 3 of 3"]
    assert all("ndcg@10" in each.figures(everything_popular(each)) for each in tasks)


@pytest.fixture(scope="module")
def likes(tmp_path_factory: pytest.TempPathFactory) -> tuple[ResultStore, LikeTask]:
    """Results of the baselines and of a model trained with two seeds."""
    from offline.models.registry import model_spec

    root = tmp_path_factory.mktemp("likes")
    results = ResultStore(root / "leaderboard")
    asked = LikeTask("time", write_samples(root / "samples", checkerboard_taste), "k", (1, 2), 10)
    spec = model_spec("lr")
    specs = {"small": replace(spec, config=replace(spec.config, epochs=1))}
    list(like_baseline_results(asked, results))
    first = list(model_results(asked, results, specs, "code"))
    shutil.rmtree(results.root / "trained")
    shutil.rmtree(root / "samples")  # whoever trained again would need them
    assert list(model_results(asked, results, specs, "code")) == first
    return results, asked


def test_a_model_stands_beside_baselines_with_the_mean_of_its_seeds(
    likes: tuple[ResultStore, LikeTask],
) -> None:
    results, _ = likes
    by_name = {r.name: r for r in results.all()}
    assert by_name["small"].group == "model"
    assert {"GBDT", "matrix factorisation"} < set(by_name)
    runs = ResultStore(results.root / "runs").all()
    mean = np.mean([run.figures["auc"].value for run in runs])
    assert len(runs) == 2
    assert by_name["small"].figures["auc"].value == pytest.approx(mean)
    assert all(results.arrays_file(r).exists() for r in by_name.values())


def test_the_page_is_written_from_what_is_kept(tmp_path: Path) -> None:
    from offline.evaluation.leaderboard.measure import LeaderboardConfig, results_of, write

    settings = Settings(data_dir=tmp_path, dataset="little")
    settings.tables.mkdir(parents=True)
    counts = {"ratings": 1200, "users": 60, "movies": 49}
    about = {"name": "little", "source": "made up", "fingerprint": "f", "counts": counts}
    (settings.tables / "dataset.json").write_text(json.dumps(about))
    space, ask = RunContext(settings, Console()), LeaderboardConfig(seeds=1)
    each, results = (
        make_task("last", catalogue(), ProtocolConfig(), BOOTSTRAP),
        results_of(space, ask),
    )
    popular = next(baseline_results(each, results, ProtocolConfig()))
    for name, group in (("linear control", "control"), ("gated ranker", "ranker")):
        wanted = Result("lists last", name, group)
        ranked = results.get_or_measure(
            wanted, lambda w: with_metrics(results, w, each, everything_popular(each))
        )
    out = tmp_path / "docs" / "leaderboard.md"
    for _ in range(2):
        write(space, ask, out)
    text = out.read_text()
    assert f"| popularity | baseline | {popular.figures['ndcg@10']} |" in text
    ndcg = ranked.figures["ndcg@10"]
    assert f"| gated ranker | ranker | {ndcg} | +0.0000 (+0.0000 to +0.0000) |" in text
    assert "](leaderboard/lists-last.svg)" in text
    assert (tmp_path / "docs" / "leaderboard" / "lists-last.svg").exists()
