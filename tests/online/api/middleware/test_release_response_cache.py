"""Answers of the release are made once, and never outlive it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from online.api.middleware import release_response_cache
from online.api.middleware.release_response_cache import ReleaseResponseCache


class Handler:
    """Counts what it is asked, and answers with it."""

    def __init__(self, status: int = 200) -> None:
        self.asked, self.status = 0, status

    async def __call__(self, scope, receive, send):
        self.asked += 1
        scope["route"] = "the route"
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": f"answer {self.asked}".encode()})


def ask(cache, app, path="/getmovie", query=b"id=1", method="GET"):
    sent = []

    async def send(message):
        message["seen"] = True  # as middlewares outside may
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": query, "app": app}
    asyncio.run(cache(scope, None, send))
    return sent[1]["body"], scope.get("route")


def application(service="one"):
    return SimpleNamespace(state=SimpleNamespace(service=service))


def test_the_same_question_is_answered_once():
    handler, app = Handler(), application()
    cache = ReleaseResponseCache(handler)
    assert ask(cache, app) == ask(cache, app) == (b"answer 1", "the route")
    assert ask(cache, app, query=b"id=2") == (b"answer 2", "the route")
    assert handler.asked == 2


def test_another_release_is_asked_anew():
    handler, app = Handler(), application()
    cache = ReleaseResponseCache(handler)
    ask(cache, app)
    app.state.service = "two"
    assert ask(cache, app)[0] == b"answer 2"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/getuser", "GET", 200), ("/getmovie", "POST", 200), ("/getmovie", "GET", 404)],
)
def test_users_changes_and_errors_are_not_remembered(path, method, status):
    handler, app = Handler(status), application()
    cache = ReleaseResponseCache(handler)
    ask(cache, app, path, method=method)
    assert ask(cache, app, path, method=method)[0] == b"answer 2"


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(release_response_cache, "MAX_BYTES", 100)
    handler, app = Handler(), application()
    cache = ReleaseResponseCache(handler)
    for number in range(50):
        ask(cache, app, query=b"id=%d" % number)
    assert cache._bytes <= 100
    assert len(cache._answers) < 10


def test_real_answers_are_the_same_from_memory(client):
    first, again = (client.get("/getsimilarmovie?movieId=4&size=5&model=emb") for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again.headers["content-length"] == str(len(again.content))
    assert first.headers["x-request-id"] != again.headers["x-request-id"]
    text = client.get("/metrics").text
    assert 'sparrow_requests_total{method="GET",route="/getsimilarmovie",status="200"}' in text
