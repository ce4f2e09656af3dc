"""ReleaseFollower through the API: seen, activated and rolled back by administrators."""

import json

import pytest
import release_world
from real_servers import RedisServer, running, wait_until

from online.app import create_app
from sparrow.redis import keys
from sparrow.redis.connection import redis_client
from sparrow.settings import Settings

pytestmark = pytest.mark.redis
PATH = "/api/v1/releases"
FIRST, SECOND = "20260101T000000-aaaaaa", "20260103T000000-cccccc"
TOKEN = "a token of the administrator"


@pytest.fixture
def redis(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def settings(tmp_path, redis) -> Settings:
    """Two releases, of which the first was active, then the second."""
    options = Settings(
        data_dir=tmp_path,
        redis_url=redis.url,
        scorer="embedding",
        admin_token=TOKEN,
        release_poll_seconds=0.05,
        _env_file=None,
    )
    for name in (FIRST, SECOND):
        release_world.publish(
            release_world.build_release(options.releases, name, model=False), redis.url
        )
    return options


@pytest.fixture
def client(settings):
    with running(create_app(settings)) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield client


def served(client) -> str:
    return client.get("/api/v1/users/2/recommendations?limit=1").json()["release"]


def test_what_serves_and_what_served_before(client):
    answer = client.get(PATH).json()
    assert (answer["active"], answer["activations"]) == (SECOND, [SECOND, FIRST])
    assert [(r["id"], r["active"], r["in_redis"]) for r in answer["releases"]] == [
        (SECOND, True, True),
        (FIRST, False, True),
    ]
    assert answer["releases"][0]["created_at"]


def test_rolling_back_and_activating(client):
    assert client.post(f"{PATH}/rollback").json() == {"left": SECOND, "activated": FIRST}
    wait_until(lambda: served(client) == FIRST)
    nothing_before = client.post(f"{PATH}/rollback")
    assert nothing_before.status_code == 409
    assert "only one was ever activated" in nothing_before.json()["detail"]
    assert client.post(f"{PATH}/{SECOND}/activate").json() == {"left": FIRST, "activated": SECOND}
    wait_until(lambda: served(client) == SECOND)


def test_what_cannot_serve_is_not_activated(client, settings, redis):
    assert client.post(f"{PATH}/nope/activate").status_code == 404
    features = settings.releases / FIRST / "features.json"
    whole = features.read_text()
    features.write_text(json.dumps(json.loads(whole) | {"like_threshold": 4.5}))
    refused = client.post(f"{PATH}/{FIRST}/activate")
    assert (refused.status_code, "feature set" in refused.text) == (409, True)
    features.write_text(whole)
    stars = settings.releases / FIRST / "rating_predictor.npz"
    stars.rename(stars.with_suffix(".away"))
    refused = client.post(f"{PATH}/{FIRST}/activate")
    assert (refused.status_code, "rating_predictor.npz" in refused.text) == (409, True)
    stars.with_suffix(".away").rename(stars)
    with redis_client(redis.url) as other:
        other.delete(keys.manifest(FIRST))
    refused = client.post(f"{PATH}/{FIRST}/activate")
    assert (refused.status_code, "not there" in refused.text) == (409, True)
    assert client.get(PATH).json()["active"] == SECOND


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/rollback"), ("POST", f"/{FIRST}/activate")],
)
def test_only_the_administrator_may(client, method, path):
    refused = client.request(method, PATH + path, headers={"Authorization": "Bearer wrong"})
    assert refused.status_code == 401
    assert client.get(PATH).json()["active"] == SECOND


def test_while_redis_is_away_it_says_so(client, redis):
    redis.kill()
    answer = client.get(PATH)
    assert answer.status_code == 503
    assert "Redis" in answer.json()["detail"]
