"""Answers about users are sent again as they are, for as long as they are true."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import orjson
import pytest
import release_world
from real_servers import RedisServer, running, wait_until

from online.api.middleware import user_response_cache
from online.api.middleware.user_response_cache import UserResponseCache
from online.app import create_app
from online.engine.recommender import Recommender
from sparrow.redis import keys
from sparrow.redis.connection import redis_client
from sparrow.settings import Settings

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("patient")]

TOKEN = "a token of the administrator"
LIST = "/api/v1/users/2/recommendations?flow=discover&limit=10"
PATHS = [
    "/getuser?id=2",
    "/getrecforyou?id=2&size=8&model=emb",
    LIST,
    f"{LIST}&explain=true&offset=5",
]


class Handler:
    """Counts what it is asked, and says that its answers may be sent again."""

    def __init__(self, status: int = 200) -> None:
        self.asked, self.status, self.still, self.repeats = 0, status, True, []

    async def __call__(self, scope, receive, send):
        self.asked += 1
        scope["route"] = "the route"

        async def still(request_id):
            self.repeats.append(request_id)
            return self.still

        scope["state"]["still"] = still
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": f"answer {self.asked}".encode()})


def ask(cache, app, path="/getuser", query=b"id=1", method="GET"):
    sent = []

    async def send(message):
        message["seen"] = True  # as middlewares outside may
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "app": app,
        "state": {"request_id": "mine"},
    }
    asyncio.run(cache(scope, None, send))
    return sent[1]["body"], scope.get("route")


def application(service="one"):
    return SimpleNamespace(state=SimpleNamespace(service=service))


def test_the_same_question_is_answered_once_while_its_answer_is_true():
    handler, app = Handler(), application()
    cache = UserResponseCache(handler)
    assert ask(cache, app) == ask(cache, app) == (b"answer 1", "the route")
    assert (handler.asked, handler.repeats) == (1, ["mine"])
    handler.still = False
    assert ask(cache, app)[0] == b"answer 2"
    handler.still = True
    assert ask(cache, app)[0] == b"answer 2"
    app.state.service = "another release"
    assert ask(cache, app)[0] == b"answer 3"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/getmovie", "GET", 200), ("/getuser", "POST", 200), ("/getuser", "GET", 404)],
)
def test_other_answers_are_not_remembered(path, method, status):
    handler, app = Handler(status), application()
    cache = UserResponseCache(handler)
    ask(cache, app, path, method=method)
    assert ask(cache, app, path, method=method)[0] == b"answer 2"


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(user_response_cache, "MAX_BYTES", 100)
    handler, app = Handler(), application()
    cache = UserResponseCache(handler)
    for number in range(50):
        ask(cache, app, query=b"id=%d" % number)
    assert cache._bytes <= 100
    assert 5 < len(cache._answers) < 15
    assert ask(cache, app, query=b"id=49")[0] == b"answer 50"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("a"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def settings(tmp_path_factory, server) -> Settings:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("answers"),
        redis_url=server.url,
        scorer="embedding",
        admin_token=TOKEN,
        _env_file=None,
    )
    release_world.publish(release_world.build_release(settings.releases, model=False), server.url)
    return settings


@pytest.fixture(scope="module")
def client(settings):
    with running(create_app(settings)) as client:
        yield client


@pytest.fixture
def other(settings):
    with running(create_app(settings)) as other:
        yield other


def send(client, kind, movie, user_id=2, **more):
    event = {"user_id": user_id, "type": kind, "movie_id": movie, **more}
    answer = client.post("/api/v1/events", json=event)
    assert answer.status_code == 202
    return answer.json()["event_ids"][0]


def ids(answer):
    return [item["movie"]["movie_id"] for item in answer.json()["items"]]


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_is_sent_again_as_it_is_and_is_counted(client, monkeypatch, path):
    first = client.get(path)
    route = "recommendations" if "/api" in path else path.partition("?")[0]

    def count() -> float:
        lines = client.get("/metrics").text.splitlines()
        found = [x for x in lines if x.startswith("sparrow_requests_total{") and route in x]
        return sum(float(line.rpartition(" ")[2]) for line in found)

    before = count()
    monkeypatch.setattr(Recommender, "page", None)  # nothing may be made
    answers = [client.get(path, headers={"X-Request-ID": f"r{n}"}) for n in range(3)]
    assert {each.content for each in answers} == {first.content}
    assert [each.headers["x-request-id"] for each in answers] == ["r0", "r1", "r2"]
    names = set(first.headers) - {"x-request-id"}
    assert all(each.headers[name] == first.headers[name] for each in answers for name in names)
    assert count() == before + 3


def test_every_time_it_is_shown_is_an_exposure(client, server):
    shown = [f"shown-{number}" for number in range(3)]
    for request_id in ("first", *shown):
        client.get(LIST, headers={"X-Request-ID": request_id})
    with redis_client(server.url) as redis:

        def requests() -> list[str]:
            entries = redis.xrange(keys.IMPRESSIONS)
            return [orjson.loads(fields[b"impression"])["request_id"] for _, fields in entries]

        wait_until(lambda: shown[-1] in requests())
        assert requests()[-3:] == shown


def test_what_another_process_stored_counts_with_the_next_request(client, other):
    path = "/api/v1/users/4/recommendations?flow=discover&limit=10"
    before = ids(client.get(path))
    assert ids(other.get(path)) == ids(client.get(path)) == before
    event = send(other, "not_interested", before[2], 4)
    left = ids(client.get(path))
    assert left[:9] == before[:2] + before[3:]
    send(other, "rating", before[0], 4, value=1.0)
    assert before[0] not in ids(client.get(path))
    rated = client.get("/getuser?id=4").json()["ratingCount"]
    send(other, "rating", before[1], 4, value=1.0)
    assert client.get("/getuser?id=4").json()["ratingCount"] == rated + 1
    undo = {"user_id": 4, "type": "undo", "undoes": event}
    assert other.post("/api/v1/events", json=undo).status_code == 202


def test_who_was_erased_is_gone_at_once(client, other):
    new = other.post("/api/v1/users", json={"likes": [2, 4]}).json()["user_id"]
    paths = (f"/getuser?id={new}", f"/getrecforyou?id={new}&size=3&model=emb")
    for path in (*paths, *paths):
        assert client.get(path).status_code == 200
    assert other.delete(f"/api/v1/users/{new}").status_code == 204
    assert [client.get(path).status_code for path in paths] == [404, 404]


def test_others_are_shown_when_they_are_asked_for(client, other):
    path = "/api/v1/users/6/recommendations?limit=10"
    first = ids(client.get(path))
    for _ in range(2):  # asked for again, there are others again
        others = ids(client.get(f"{path}&refresh=true"))
        assert not set(others) & set(first)
        assert ids(client.get(path)) == ids(other.get(path)) == others
        first = others


def test_refresh_is_true_or_false(client):
    assert client.get(f"{LIST}&refresh=maybe").status_code == 422


def test_a_forced_variant_is_for_administrators_however_often(client):
    admin = {"Authorization": f"Bearer {TOKEN}"}
    variants = [
        {"name": n, "share": 0.5, "parameters": {"model": "signal:popularity"}} for n in "ab"
    ]
    made = {"name": "x", "share": 0.5, "variants": variants, "on": "home"}
    assert client.post("/api/v1/experiments", json=made, headers=admin).status_code == 201
    path = "/api/v1/users/2/recommendations?variant=x:a"
    for _ in range(2):
        assert client.get(path, headers=admin).status_code == 200
        assert client.get(path).status_code == 401
    client.delete("/api/v1/experiments/x", headers=admin)


def test_while_redis_is_away_answers_say_so(settings, server):
    with running(create_app(settings)) as client:
        before = [client.get(path) for path in PATHS]
        server.kill()
        try:
            late = [client.get(path) for path in PATHS]
        finally:
            server.start()
        assert {each.headers.get("X-Sparrow-Degraded") for each in before} == {None}
        assert {each.headers.get("X-Sparrow-Degraded") for each in late} == {"true"}
        assert ids(late[2]) == ids(before[2])
        assert late[0].json() == before[0].json()
        wait_until(lambda: "X-Sparrow-Degraded" not in client.get(LIST).headers)
        assert ids(client.get(LIST)) == ids(before[2])
