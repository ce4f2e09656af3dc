"""What holds of HTTP itself: HEAD answers as GET, and a body that is too large is refused early."""

import asyncio

import orjson
import pytest
from starlette.testclient import TestClient

from online.api.middleware.request_body import MAX_BODY_BYTES

pytestmark = pytest.mark.redis

PATHS = [
    "/getmovie?id=1",
    "/getuser?id=2",
    "/api/v1/genres",
    "/api/v1/charts/popular",
    "/api/v1/users/2/recommendations",
    "/health/ready",
    "/metrics",
    "/openapi.json",
]


@pytest.mark.parametrize("path", PATHS)
def test_head_answers_as_get_without_a_body(client, path):
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    if "recommendations" not in path and path != "/metrics":  # which tell times
        assert int(head.headers["content-length"]) == len(got.content)


@pytest.mark.parametrize(
    ("path", "status"), [("/getmovie?id=999", 404), ("/nope", 404), ("/api/v1/events", 405)]
)
def test_head_of_what_get_does_not_answer(client, path, status):
    head = client.head(path)
    assert (head.status_code, head.content) == (status, b"")


def test_a_head_leaves_later_answers_whole(client):
    client.head("/getmovie?id=5")
    assert client.get("/getmovie?id=5").json()["movieId"] == 5


def asked(app, length: int, *body: bytes):
    """POSTs what announces `length` bytes; the messages sent, and how many bytes were read then."""
    sent, left = [], list(body)

    async def receive():
        assert left, "it waited for more than there is"
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message):
        sent.append((message, len(left)))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/api/v1/events",
        "raw_path": b"/api/v1/events",
        "query_string": b"",
        "headers": [
            (b"content-length", str(length).encode()),
            (b"content-type", b"application/json"),
        ],
    }
    asyncio.run(app(scope, receive, send))
    return sent


def test_an_announced_body_is_refused_before_it_comes_and_then_thrown_away(client: TestClient):
    pieces = [b"x" * 1000] * 3
    (start, unread), (answer, unread_then), (end, rest) = asked(
        client.app, MAX_BODY_BYTES + 1, *pieces
    )
    assert start["status"] == 413
    assert orjson.loads(answer["body"])["status"] == 413
    assert unread == unread_then == len(pieces)
    assert (end["body"], end.get("more_body", False), rest) == (b"", False, 0)


@pytest.mark.parametrize("length", [MAX_BODY_BYTES, 10])
def test_an_announced_body_within_the_limit_is_read(client, length):
    (start, _), *_ = asked(client.app, length, b"{", b"}")
    assert start["status"] == 422
