"""`sparrow recommend`, from the command line to the file."""

import asyncio
from importlib.metadata import EntryPoint

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import release_world
from release_world import rated_by
from typer.testing import CliRunner

from online.batch.list_batches import read_user_ids
from online.engine.engine import Engine
from online.serving.loaded_release import LoadedRelease
from online.types import Query
from sparrow.cli import build_app
from sparrow.errors import DataError
from sparrow.feedback.event_log import EventLog
from sparrow.redis import keys
from sparrow.redis.connection import async_redis_client, redis_client

pytestmark = pytest.mark.redis


@pytest.fixture
def recommend(settings, release, monkeypatch):
    """Runs the command; the result's output is what a user sees."""
    monkeypatch.setenv("SPARROW_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SPARROW_SCORER", "embedding")
    app = build_app([EntryPoint("online", "online.cli:app", "sparrow.commands")])
    return lambda *arguments: CliRunner().invoke(app, ["recommend", *map(str, arguments)])


def read(out):
    return pyarrow.csv.read_csv(out) if out.suffix == ".csv" else pq.read_table(out)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_everybody_gets_unseen_movies_ranked_from_one(recommend, tmp_path, suffix):
    out = tmp_path / f"recs{suffix}"
    result = recommend("--users", "all", "--limit", 20, "--out", out)
    assert result.exit_code == 0, result.output
    lists = read(out)
    assert lists.column_names == ["user_id", "movie_id", "rank", "score"]
    assert lists.num_rows == 20 * len(release_world.USERS)
    for user_id in release_world.USERS.tolist():
        mine = lists.filter(np.array(lists["user_id"]) == user_id).to_pydict()
        assert mine["rank"] == list(range(1, 21))
        assert len(set(mine["movie_id"])) == 20
        assert not set(mine["movie_id"]) & rated_by(user_id).keys()
    assert [file.name for file in tmp_path.iterdir()] == [out.name]


def test_a_list_is_the_one_that_a_request_gets(recommend, tmp_path, release, redis_url):
    recommend("--limit", 10, "--out", tmp_path / "recs.csv")
    lists = read(tmp_path / "recs.csv").to_pydict()
    listed = [m for u, m in zip(lists["user_id"], lists["movie_id"], strict=True) if u == 2]

    async def ask():
        redis = async_redis_client(redis_url)
        engine = Engine(LoadedRelease.load(release.root, redis, "embedding"), EventLog(redis))
        page = await engine.recommend(Query(2, limit=10))
        await redis.aclose()
        return [item.movie.movie_id for item in page.items]

    assert asyncio.run(ask()) == listed


def test_a_limit_beyond_the_candidates_is_filled_with_all_that_is_unseen(recommend, tmp_path):
    recommend("--limit", 1000, "--out", tmp_path / "recs.csv")
    lists = read(tmp_path / "recs.csv").to_pydict()
    count = lists["user_id"].count(2)
    assert count == len(release_world.MOVIES) - len(rated_by(2))


def test_every_channel_is_listed_and_gives_its_own_unseen_movies(recommend, tmp_path):
    names = recommend("--list-sources").output.split()
    assert {"popularity", "ease", "als", "cold-movies"} <= set(names)
    for name in names:
        out = tmp_path / f"{name}.csv"
        result = recommend("--source", name, "--limit", 7, "--out", out)
        assert result.exit_code == 0, result.output
        lists = read(out).to_pydict()
        pairs = list(zip(lists["user_id"], lists["movie_id"], strict=True))
        assert len(pairs) == len(set(pairs))
        assert max(lists["rank"], default=0) <= 7
        assert not any(movie in rated_by(user) for user, movie in pairs)


def test_a_channel_keeps_its_order(recommend, tmp_path, serving):
    recommend("--source", "popularity", "--limit", 10, "--out", tmp_path / "recs.csv")
    lists = read(tmp_path / "recs.csv").to_pydict()
    listed = [m for u, m in zip(lists["user_id"], lists["movie_id"], strict=True) if u == 2]
    by_votes = serving.catalogue.ids[serving.catalogue.charts["popular"]].tolist()
    assert listed == [m for m in by_votes if m not in rated_by(2)][:10]
    scores = [s for u, s in zip(lists["user_id"], lists["score"], strict=True) if u == 2]
    np.testing.assert_allclose(scores, 1 / np.arange(1, 11), rtol=1e-6)


def test_flows_that_start_from_a_genre_or_a_movie(recommend, tmp_path, serving):
    for flow, *asked in (["genre", "--genre", "Drama"], ["because", "--movie-id", 3]):
        out = tmp_path / f"{flow}.csv"
        result = recommend("--flow", flow, *asked, "--limit", 5, "--out", out)
        assert result.exit_code == 0, result.output
        lists = read(out).to_pydict()
        assert lists["user_id"].count(2) == 5
        if flow == "genre":
            assert all("Drama" in release_world.genre_names(movie) for movie in lists["movie_id"])
        else:
            assert 3 not in lists["movie_id"]


@pytest.mark.parametrize("text", ["2\n777\n", "user_id\n2\n777\n", "name,user_id\na,2\nb,777\n"])
def test_the_users_of_a_file(recommend, tmp_path, text):
    users = tmp_path / "users.csv"
    users.write_text(text)
    recommend("--users", users, "--limit", 5, "--out", tmp_path / "recs.csv")
    assert read(tmp_path / "recs.csv")["user_id"].to_pylist() == [2] * 5 + [777] * 5


@pytest.mark.parametrize("content", [b"name\nx\n", b"user_id\nx\n", b"", b"\xff\xfe\x00"])
def test_a_file_without_ids_is_a_data_error(tmp_path, content):
    (tmp_path / "users.csv").write_bytes(content)
    with pytest.raises(DataError, match="one a line"):
        read_user_ids(tmp_path / "users.csv")
    with pytest.raises(DataError):
        read_user_ids(tmp_path / "missing.parquet")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--out", "recs.txt"], 2, ".csv or .parquet"),
        (["--out", "recs.csv", "--users", "missing.csv"], 3, "missing.csv"),
        (["--out", "recs.csv", "--model", "magic"], 1, "signal:als, signal:ease"),
        (["--out", "recs.csv", "--flow", "magic"], 1, "home"),
        (["--out", "recs.csv", "--source", "magic"], 1, "ease_recent"),
        (["--out", "recs.csv", "--flow", "genre"], 1, "Expected genre for the flow genre"),
        (["--out", "recs.csv", "--flow", "because"], 1, "Expected movie_id for the flow because"),
        (["--out", "recs.csv", "--flow", "genre", "--genre", "X"], 1, "Comedy, Drama, Film-Noir"),
        (["--out", "recs.csv", "--flow", "because", "--movie-id", "999"], 1, "no movie 999"),
        (["--out", "recs.csv", "--source", "popularity", "--model", "signal:als"], 2, "either"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_no_file(
    recommend, tmp_path, monkeypatch, arguments, code, says
):
    monkeypatch.chdir(tmp_path)
    result = recommend(*arguments)
    assert result.exit_code == code
    assert says in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_release_whose_users_are_not_in_redis_is_refused(recommend, tmp_path, release, redis_url):
    with redis_client(redis_url) as client:
        manifest = client.getdel(keys.manifest(release.manifest.id))
        try:
            result = recommend("--out", tmp_path / "recs.csv")
        finally:
            client.set(keys.manifest(release.manifest.id), manifest)
    assert result.exit_code == 5
    assert "sparrow publish" in result.output
    assert list(tmp_path.iterdir()) == []


def test_lists_are_made_at_the_end_of_the_release_or_after_each_users_last_event(
    recommend, tmp_path, monkeypatch
):
    orders = []
    monkeypatch.setattr(
        "online.batch.recommend_command.recommend", lambda _, order, __: orders.append(order)
    )
    for at in ([], ["--at", "last-event"], ["--at", "end"]):
        recommend(*at, "--out", tmp_path / "recs.csv")
    assert [order.query.moment for order in orders] == ["end", "last-event", "end"]
    assert recommend("--at", "now", "--out", tmp_path / "recs.csv").exit_code == 2
