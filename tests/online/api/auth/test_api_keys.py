"""Keys: what opens what, how often, and until when; and that they are nowhere to be read."""

import pytest
import release_world
from real_servers import running, wait_until
from starlette.testclient import TestClient
from typer.testing import CliRunner

from online.api.auth.api_key import ApiKey, KeyScope, digest_of, id_of, new_token
from online.app import create_app
from online.cli import app as commands
from sparrow.errors import ConfigurationError
from sparrow.redis import keys
from sparrow.redis.connection import redis_client, redis_for
from sparrow.settings import Settings

pytestmark = pytest.mark.redis
LIST = "/api/v1/users/2/recommendations"
EVENT = {"user_id": 2, "type": "click", "movie_id": 20}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    options = Settings(
        data_dir=tmp_path_factory.mktemp("keys"), scorer="embedding", auth="keys", _env_file=None
    )
    release = release_world.build_release(options.releases, model=False)
    with redis_for(options) as url:
        release_world.publish(release, url)
        yield options.model_copy(update={"redis_url": url})


@pytest.fixture
def sparrow(settings, monkeypatch):
    """Runs `sparrow keys …`."""
    monkeypatch.setenv("SPARROW_REDIS_URL", settings.redis_url)

    def sparrow(*arguments: str) -> str:
        result = CliRunner().invoke(commands, ["keys", *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout.strip()

    return sparrow


@pytest.fixture(scope="module")
def client(settings):
    with running(create_app(settings)) as client:
        yield client


def status(client, method, path, token, **more) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.request(method, path, headers=headers, **more).status_code


def known(client, token) -> str:
    """The token, once the server knows of it."""
    wait_until(lambda: status(client, "GET", "/metrics", token) != 401)
    return token


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("read", {"read"}), ("events", {"events"}), ("admin", {"read", "events", "admin"})],
)
def test_a_key_opens_what_its_scope_says(client, sparrow, scope, allowed):
    token = known(client, sparrow("create", "somebody", "--scope", scope))
    found = {
        "read": {
            status(client, "GET", LIST, token),
            status(client, "GET", "/getmovie?id=2", token),
            status(client, "GET", "/api/v1/users/2", token),
            status(client, "POST", "/api/v1/recommendations", token, json={"likes": [2]}),
            status(client, "GET", "/metrics", token),
        },
        "events": {
            status(client, "POST", "/api/v1/events", token, json=EVENT) - 2,
            status(client, "POST", "/api/v1/users", token, json={"likes": [2]}) - 1,
        },
        "admin": {
            status(client, "GET", "/api/v1/experiments", token),
            status(client, "GET", "/api/v1/releases", token),
        },
    }
    for part, statuses in found.items():
        if part in allowed:
            assert statuses == {200}, part
        else:
            assert all(s >= 401 for s in statuses), part


@pytest.mark.parametrize("token", ["", "wrong", "sparrow_0123456789ab_wrong", "sparrow__"])
def test_without_a_key_it_stays_shut(client, token):
    for path in (LIST, "/getuser?id=2", "/metrics", "/api/v1/experiments"):
        answer = client.get(path, headers={"Authorization": f"Bearer {token}"} if token else {})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"
    assert status(client, "POST", "/api/v1/events", token, json=EVENT) == 401
    assert status(client, "DELETE", "/api/v1/users/2", token) == 401
    assert client.get("/health/live").status_code == 200


def test_the_wrong_scope_is_named(client, sparrow):
    token = known(client, sparrow("create", "reader"))
    answer = client.post("/api/v1/events", json=EVENT, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert "scope events; reader is for others" in answer.json()["detail"]


def test_who_asks_too_often_is_told_when_to_come_back(client, sparrow):
    token = known(client, sparrow("create", "eager", "--per-minute", "5"))
    headers = {"Authorization": f"Bearer {token}"}
    answers = [client.get("/getmovie?id=2", headers=headers) for _ in range(6)]
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["title"] == "Too many requests"
    other = known(client, sparrow("create", "other"))
    assert status(client, "GET", "/getmovie?id=2", other) == 200


def test_a_revoked_key_opens_nothing_a_moment_later(client, sparrow):
    token = known(client, sparrow("create", "gone"))
    assert "gone" in sparrow("list")
    sparrow("revoke", id_of(token))
    wait_until(lambda: status(client, "GET", LIST, token) == 401)
    assert "gone" not in sparrow("list")


def test_secrets_are_kept_nowhere(settings, sparrow):
    token = sparrow("create", "secretive", "--scope", "admin")
    listed = sparrow("list")
    assert id_of(token) in listed
    with redis_client(settings.redis_url) as redis:
        kept = b"".join(redis.hvals(keys.API_KEYS)).decode()
    secret = token.partition(id_of(token))[2]
    assert secret not in kept + listed


def test_the_administrators_token_opens_everything(settings):
    token = "a token of the administrator"
    with TestClient(create_app(settings.model_copy(update=admin(token)))) as client:
        for path in (LIST, "/metrics", "/api/v1/experiments"):
            assert status(client, "GET", path, token) == 200
            assert status(client, "GET", path, token + "!") == 401


def admin(token: str) -> dict:
    return {"admin_token": Settings(admin_token=token, _env_file=None).admin_token}


def test_a_key_matches_its_token_alone():
    token = new_token()
    key = ApiKey(
        id=id_of(token),
        name="x",
        subsets={KeyScope.READ},
        per_minute=1,
        created_at=0,
        digest=digest_of(token),
    )
    assert key.matches(token)
    assert not key.matches(token[:-1])
    assert len({new_token() for _ in range(100)}) == 100


def test_with_keys_a_network_may_be_answered_but_not_with_the_demo():
    keyed = {"host": "0.0.0.0", "auth": "keys", "_env_file": None}  # noqa: S104
    create_app(Settings(**keyed))
    with pytest.raises(ConfigurationError, match="SPARROW_DEMO"):
        create_app(Settings(**keyed, demo=True))
