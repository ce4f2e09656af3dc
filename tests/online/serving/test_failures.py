"""What still works when something does not: Redis away, a broken release, a switch under load."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import release_world
from real_servers import RedisServer, running, wait_until
from starlette.testclient import TestClient

from online.app import create_app
from online.serving import release_follower
from online.users import user_store
from sparrow.errors import ConfigurationError, ReleaseError
from sparrow.features.declarations import Entity
from sparrow.features.row_codec import encode_history
from sparrow.redis import keys
from sparrow.redis.connection import redis_client
from sparrow.settings import Settings

pytestmark = pytest.mark.redis
SECOND = "20260103T000000-cccccc"


@pytest.fixture
def redis(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def settings(tmp_path, redis) -> Settings:
    return Settings(
        data_dir=tmp_path,
        redis_url=redis.url,
        scorer="embedding",
        release_poll_seconds=0.05,
        _env_file=None,
    )


@pytest.fixture
def release(settings, redis):
    release = release_world.build_release(settings.releases, model=False)
    release_world.publish(release, redis.url)
    return release


def activate(url: str, release: str) -> None:
    with redis_client(url) as client:
        client.set(keys.CURRENT, release)


def ready(client) -> dict:
    return client.get("/health/ready").json()


def test_redis_killed_and_started_again(settings, release, redis):
    path = "/api/v1/users/2/recommendations?explain=true"
    with running(create_app(settings)) as client:
        personal = client.get(path).json()
        assert personal["personal"] is True

        redis.kill()
        late = client.get(path).json()  # as the user was when they were last read
        assert (late["personal"], late["degraded"]) == (True, True)
        assert late["items"] == personal["items"]
        assert "Redis cannot be read" in late["trace"][0]["error"]
        assert client.get("/getuser?id=2").status_code == 200
        assert client.get("/api/v1/movies?hide_seen_by=2").status_code == 200
        assert client.get("/getrecforyou?id=2&size=5&model=emb").status_code == 200

        answer = client.get(path.replace("/2/", "/4/"))  # nobody asked for this one before
        assert answer.status_code == 200
        assert answer.json()["personal"] is False
        assert answer.json()["degraded"] is True
        assert len(answer.json()["items"]) == 20
        assert client.get("/getmovie?id=2").status_code == 200
        assert client.get("/getuser?id=4").status_code == 503
        hiding = client.get("/api/v1/movies?hide_seen_by=4")
        assert hiding.status_code == 503
        assert "User 4 cannot be read now" in hiding.json()["detail"]
        assert client.get("/api/v1/movies").status_code == 200
        state = ready(client)
        assert state["status"] == "degraded"
        assert state["dependencies"]["redis"]["state"] == "degraded"
        assert 'sparrow_degraded_total{flow="home",stage="hydrate"}' in client.get("/metrics").text

        redis.start()
        wait_until(lambda: client.get(path).json()["personal"])
        assert client.get(path).json()["items"] == personal["items"]
        wait_until(lambda: ready(client)["status"] == "ready")


def test_who_was_erased_does_not_come_back_with_an_outage(settings, release, redis):
    with running(create_app(settings)) as client:
        assert client.get("/getuser?id=3").status_code == 200
        assert client.delete("/api/v1/users/3").status_code == 204
        redis.kill()
        assert client.get("/getuser?id=3").status_code == 503
        assert client.get("/api/v1/users/3/recommendations").json()["personal"] is False


def test_what_was_hidden_just_before_an_outage_stays_hidden(settings, release, redis):
    path = "/api/v1/users/2/recommendations?limit=10"
    with running(create_app(settings)) as client:
        hidden, rated, *_ = (item["movie"]["movie_id"] for item in client.get(path).json()["items"])
        events = [
            {"user_id": 2, "type": "not_interested", "movie_id": hidden},
            {"user_id": 2, "type": "rating", "movie_id": rated, "value": 4.0},
        ]
        assert client.post("/api/v1/events", json=events).status_code == 202
        redis.kill()  # before anybody read the user again
        late = client.get(path).json()
        assert (late["personal"], late["degraded"]) == (True, True)
        assert not {hidden, rated} & {item["movie"]["movie_id"] for item in late["items"]}


def with_whole_users(release):
    """Writes what the release knows of users into its files, as publishing does."""
    world, features = release_world.checkerboard(), release.features
    rows = release_world.user_feature_rows(world, features)
    columns = {f.name: pa.array(rows[f.name].tolist()) for f in features.of(Entity.USER)}
    histories = []
    for user in release_world.USERS:
        mine = world.user_id == user
        columns_of = world.movie_id[mine], world.timestamp[mine], world.rating[mine]
        histories.append(encode_history(*columns_of))
    vectors = [[1.0, 0.1] if user % 2 == 0 else [0.1, 1.0] for user in release_world.USERS]
    columns |= {"user_id": release_world.USERS, "history": histories}
    columns |= {f"vec_{name}": vectors for name in ("als", "item2vec")}
    for part in (release.root / "users").iterdir():
        part.unlink()
    pq.write_table(pa.table(columns), release.root / "users" / "part-0.parquet", row_group_size=7)


def test_whom_nobody_asked_for_is_as_the_release_has_them(settings, release, redis):
    with_whole_users(release)
    path = "/api/v1/users/{}/recommendations?limit=10"
    with running(create_app(settings)) as client:
        personal = client.get(path.format(2)).json()
        known = client.get("/getuser?id=2")
        assert "X-Sparrow-Degraded" not in known.headers
        assert client.delete("/api/v1/users/3").status_code == 204
        assert client.delete("/api/v1/users/5").status_code == 204
    with running(create_app(settings)) as client:  # which knows nobody yet
        assert client.delete("/api/v1/users/7").status_code == 204
        redis.kill()
        answer = client.get("/getuser?id=2")
        assert (answer.status_code, answer.headers["X-Sparrow-Degraded"]) == (200, "true")
        assert answer.json() == known.json()
        for rests_on_a_user in (
            "/getrecforyou?id=2&size=5&model=emb",
            "/api/v1/users/2/ratings",
            "/api/v1/users/2/taste",
            "/api/v1/users/2/watchlist",
            "/api/v1/movies?hide_seen_by=2",
            "/api/v1/movies/2/prediction?user_id=2",
        ):
            answer = client.get(rests_on_a_user)
            assert (answer.status_code, answer.headers["X-Sparrow-Degraded"]) == (200, "true")
        for does_not in ("/getmovie?id=2", "/api/v1/movies", "/api/v1/charts/popular"):
            assert "X-Sparrow-Degraded" not in client.get(does_not).headers
        assert client.get("/api/v1/users/2").json()["degraded"] is True
        late = client.get(path.format(2)).json()
        assert (late["personal"], late["degraded"]) == (True, True)
        assert late["items"] == personal["items"]
        for erased in (3, 5, 7):
            assert client.get(f"/getuser?id={erased}").status_code == 503
        assert client.get("/getuser?id=999999").status_code == 503  # it may have come since
        redis.start()
        wait_until(lambda: client.get("/getuser?id=3").status_code == 404)
        answer = client.get("/api/v1/users/2")
        assert answer.json()["degraded"] is False
        assert "X-Sparrow-Degraded" not in answer.headers


def test_what_was_read_long_ago_is_not_told_any_more(settings, release, redis, monkeypatch):
    monkeypatch.setattr(user_store, "_CACHE_SECONDS", 0.0)
    with running(create_app(settings)) as client:
        assert client.get("/getuser?id=2").status_code == 200
        redis.kill()
        assert client.get("/getuser?id=2").status_code == 503


def test_a_switch_under_load_fails_no_request(settings, release, redis):
    second = release_world.build_release(settings.releases, SECOND, model=False)
    seen, done = set(), Event()

    def ask(client, user_id: int) -> int:
        count = 0
        while not done.is_set():
            answer = client.get(f"/api/v1/users/{user_id}/recommendations")
            assert answer.status_code == 200
            assert answer.json()["personal"] is True
            seen.add(answer.json()["release"])
            legacy = client.get(f"/getrecforyou?id={user_id}&size=5&model=emb")
            assert legacy.status_code == 200
            count += 1
        return count

    with running(create_app(settings)) as client, ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask, client, user_id) for user_id in (1, 2, 3, 4)]
        try:
            wait_until(lambda: release.manifest.id in seen)
            release_world.publish(second, redis.url)
            wait_until(lambda: SECOND in seen)
        finally:
            done.set()
        assert all(future.result() > 0 for future in asking)
        assert ready(client)["release"] == SECOND
        assert f'sparrow_release_info{{release="{SECOND}"}} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize("damage", ["missing", "no movies", "no column", "other features"])
def test_a_release_that_does_not_load_is_not_taken_over(settings, release, redis, damage):
    root = release_world.build_release(settings.releases, SECOND, model=False).root
    if damage == "missing":
        shutil.rmtree(root)
    elif damage == "no movies":
        (root / "movies.parquet").write_bytes(b"nothing")
    elif damage == "no column":
        pq.write_table(pa.table({"movie_id": release_world.MOVIES}), root / "movies.parquet")
    else:
        features = json.loads((root / "features.json").read_text())
        (root / "features.json").write_text(json.dumps(features | {"like_threshold": 4.5}))
    with TestClient(create_app(settings)) as client:
        activate(redis.url, SECOND)
        wait_until(lambda: ready(client)["status"] == "degraded")
        state = ready(client)
        assert state["release"] == release.manifest.id
        assert SECOND in state["dependencies"]["release"]["detail"]
        assert client.get("/api/v1/users/2/recommendations").json()["personal"] is True

        activate(redis.url, release.manifest.id)
        wait_until(lambda: ready(client)["status"] == "ready")


@pytest.mark.tensorflow
def test_a_release_whose_model_is_broken_is_not_taken_over(settings, modelled, redis):
    settings = settings.model_copy(update={"scorer": "savedmodel"})
    first = settings.releases / modelled.manifest.id
    shutil.copytree(modelled.root, first)
    release_world.publish(modelled, redis.url)
    broken = settings.releases / SECOND
    shutil.copytree(first, broken)
    manifest = json.loads((broken / "manifest.json").read_text()) | {"id": SECOND}
    (broken / "manifest.json").write_text(json.dumps(manifest))
    (broken / "models" / "taste" / "1" / "saved_model.pb").write_bytes(b"nothing")
    with TestClient(create_app(settings)) as client:
        assert client.get("/api/v1/users/2/recommendations").json()["model"] == "taste"
        activate(redis.url, SECOND)
        wait_until(lambda: ready(client)["status"] == "degraded")
        assert ready(client)["release"] == modelled.manifest.id
    with TestClient(create_app(settings)) as client:  # at start, a list without it beats none
        answer = client.get("/api/v1/users/2/recommendations").json()
        assert (answer["release"], answer["model"]) == (SECOND, "signal:als")
        assert ready(client)["dependencies"]["model"]["state"] == "degraded"


@pytest.mark.tensorflow
def test_a_model_that_does_not_load_at_start_is_tried_again(settings, modelled, redis, monkeypatch):
    monkeypatch.setattr(release_follower, "_FIRST_RETRY_SECONDS", 0.05)
    settings = settings.model_copy(update={"scorer": "savedmodel"})
    root = settings.releases / modelled.manifest.id
    shutil.copytree(modelled.root, root)
    release_world.publish(modelled, redis.url)
    graph = root / "models" / "taste" / "1" / "saved_model.pb"
    whole = graph.read_bytes()
    graph.write_bytes(b"nothing")
    path = "/api/v1/users/2/recommendations"
    with TestClient(create_app(settings)) as client:
        assert client.get(path).json()["model"] == "signal:als"
        assert ready(client)["dependencies"]["model"]["state"] == "degraded"
        graph.write_bytes(whole)
        wait_until(lambda: ready(client)["status"] == "ready")
        assert client.get(path).json()["model"] == "taste"


def test_starts_with_the_newest_release_while_redis_is_away(settings, release, redis):
    release_world.build_release(settings.releases, SECOND, model=False)
    redis.kill()
    with TestClient(create_app(settings)) as client:
        state = ready(client)
        assert (state["status"], state["release"]) == ("degraded", SECOND)
        redis.start()  # and it still says that the first one is active
        wait_until(lambda: ready(client)["release"] == release.manifest.id)
        wait_until(lambda: ready(client)["status"] == "ready")


def test_starts_with_the_newest_release_that_can_be_served(settings, release, redis):
    activate(redis.url, "gone")
    with TestClient(create_app(settings)) as client:
        state = ready(client)
        assert (state["status"], state["release"]) == ("degraded", release.manifest.id)


def test_without_any_release_the_error_says_what_to_do(settings):
    with pytest.raises(ReleaseError, match="make demo"), TestClient(create_app(settings)):
        pass


def test_a_row_of_other_features_is_an_unknown_user(settings, release, redis):
    with redis_client(redis.url) as client:
        client.hset(keys.user(release.manifest.id, 2), keys.ROW, b"12345678 of another release")
    with TestClient(create_app(settings)) as client:
        answer = client.get("/api/v1/users/2/recommendations?explain=true").json()
        assert answer["personal"] is False
        assert "feature set" in answer["trace"][0]["error"]


@pytest.mark.parametrize("field", [keys.ROW, keys.HISTORY, f"{keys.VECTOR}als"])
def test_malformed_bytes_are_an_unknown_user_and_logged(settings, release, redis, field, caplog):
    with redis_client(redis.url) as client:
        key = keys.user(release.manifest.id, 2)
        client.hset(key, field, client.hget(key, field)[:-1])
    with TestClient(create_app(settings)) as client:
        answer = client.get("/api/v1/users/2/recommendations?explain=true")
        assert answer.status_code == 200
        assert answer.json()["personal"] is False
        assert answer.json()["degraded"] is True
        assert "cannot be decoded" in answer.json()["trace"][0]["error"]
        assert client.get("/getuser?id=2").status_code == 503
    assert {2} == {r.user for r in caplog.records if r.message == "A user cannot be decoded"}


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])  # noqa: S104
def test_refuses_to_answer_a_network_without_keys(host):
    with pytest.raises(ConfigurationError, match="SPARROW_ALLOW_UNAUTHENTICATED"):
        create_app(Settings(host=host, _env_file=None))
    create_app(Settings(host=host, allow_unauthenticated=True, _env_file=None))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_answers_this_machine(host):
    create_app(Settings(host=host, _env_file=None))
