"""Posters of TMDB: fetched once by the server, never instead of a page, always from this site."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fake_service import FakeService
from fastapi import FastAPI, Request, Response
from real_servers import running
from starlette.responses import JSONResponse
from starlette.testclient import TestClient

from sparrow.settings import Settings
from webui.app import add_pages
from webui.session.security_headers import HEADERS
from webui.tmdb import PosterCache, Tmdb
from webui.tmdb.poster_cache import MISSING_TTL, POSTER_TTL
from webui.tmdb.tmdb_client import MAX_BYTES, MAX_CONCURRENT

KEY = "the-secret-key"
JPEG = b"\xff\xd8\xff" + b"j" * 500
MATRIX, OTHER = "603", "604"
DRAWN = "/poster/v1/1.svg"


@dataclass
class FakeTmdb:
    """TMDB with one poster for every film."""

    content: bytes = JPEG
    media_type: str = "image/jpeg"
    path: object = "/matrix.jpg"
    status: int = 200
    slow: float = 0.0  # seconds until an image is sent
    asked: Counter[str] = field(default_factory=Counter)
    keys: set[str | None] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/3/movie/{movie}")
        async def details(movie: str, request: Request) -> Response:
            self.asked["details"] += 1
            if request.headers.get("authorization") != f"Bearer {KEY}":
                return Response(status_code=401)
            return JSONResponse({"poster_path": self.path}, self.status)

        @app.get("/t/p/w342/{name}")
        async def image(name: str, request: Request) -> Response:
            self.asked["image"] += 1
            self.keys.add(request.headers.get("authorization"))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            await asyncio.sleep(self.slow)
            self.at_once -= 1
            return Response(self.content, media_type=self.media_type)

        return app


@pytest.fixture
def tmdb() -> FakeTmdb:
    return FakeTmdb()


@pytest.fixture
def settings(tmdb: FakeTmdb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(tmdb.app()) as server:
        yield Settings(
            data_dir=tmp_path,
            demo=True,
            tmdb_key=KEY,
            tmdb_api=f"{server.base_url}/3",
            tmdb_images=f"{server.base_url}/t/p/w342",
            tmdb_timeout=20,
            _env_file=None,
        )


def test_a_film_shows_tmdbs_poster(client: TestClient, tmdb: FakeTmdb) -> None:
    for _ in range(2):
        answer = client.get("/poster/tmdb/1.jpg")
        assert answer.content == JPEG
        assert answer.headers["content-type"] == "image/jpeg"
        assert "max-age=604800" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert tmdb.asked == {"details": 1, "image": 1}
    assert tmdb.keys == {None}  # the key is for the API alone


def test_pages_use_it_where_tmdb_knows_the_film(client: TestClient) -> None:
    html = client.get("/browse").text
    assert 'src="/poster/tmdb/1.jpg"' in html
    assert 'src="/poster/v1/2.svg?v=' in html
    assert "not endorsed or certified by TMDB" in html
    assert 'src="/poster/tmdb/1.jpg"' in client.get("/movie/1").text


def test_the_policy_still_allows_images_of_this_site_only(client: TestClient) -> None:
    for path in ("/poster/tmdb/1.jpg", "/browse"):
        assert "img-src 'self';" in client.get(path).headers["content-security-policy"]
    assert "tmdb" not in str(HEADERS)


WRONG = {
    "unknown film": {"status": 404},
    "too many requests": {"status": 429},
    "defect": {"status": 500},
    "no poster": {"path": None},
    "path up": {"path": "/../../secret.jpg"},
    "elsewhere": {"path": "http://127.0.0.1:1/x.jpg"},
    "list": {"path": ["/matrix.jpg"]},
    "svg": {"content": b"<svg/>", "media_type": "image/svg+xml"},
    "called an image": {"content": b"<script>alert(1)</script>"},
    "called a page": {"media_type": "text/html"},
    "too large": {"content": JPEG + bytes(MAX_BYTES)},
    "empty": {"content": b""},
}


def is_drawn(client: TestClient) -> bool:
    """The film's poster is the drawn one, and the browser asks again next time."""
    answer = client.get("/poster/tmdb/1.jpg", follow_redirects=False)
    assert answer.status_code in (200, 307)
    if answer.status_code == 200:
        return False
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"].startswith(DRAWN)
    assert client.get(answer.headers["location"]).headers["content-type"] == "image/svg+xml"
    return True


@pytest.mark.parametrize(
    "wrong",
    WRONG.values(),
    ids=WRONG,
)
def test_without_a_fitting_poster_the_drawn_one_is_shown(
    client: TestClient, tmdb: FakeTmdb, wrong: dict[str, object]
) -> None:
    vars(tmdb).update(wrong)
    assert is_drawn(client)


def test_that_a_film_has_no_poster_is_remembered(client: TestClient, tmdb: FakeTmdb) -> None:
    tmdb.path = None
    assert is_drawn(client)
    assert is_drawn(client)
    assert tmdb.asked == {"details": 1}


def test_tmdb_is_left_alone_when_it_keeps_failing(client: TestClient, tmdb: FakeTmdb) -> None:
    tmdb.status = 503
    for _ in range(8):
        assert is_drawn(client)
    assert tmdb.asked["details"] == 5
    tmdb.status = 200
    assert is_drawn(client)


def test_a_poster_that_comes_too_late_is_not_waited_for(settings: Settings, tmdb: FakeTmdb) -> None:
    tmdb.slow = 1.0
    hasty = Tmdb.of(settings.model_copy(update={"tmdb_timeout": 0.2}))
    assert asyncio.run(hasty.poster(MATRIX)) is None


def test_a_refused_key_shows_drawn_posters(settings: Settings) -> None:
    refused = Tmdb(settings, "another key")
    assert asyncio.run(refused.poster(MATRIX)) is None


def test_nobody_listens(settings: Settings) -> None:
    away = Tmdb.of(settings.model_copy(update={"tmdb_api": "http://127.0.0.1:1/3"}))
    assert asyncio.run(away.poster(MATRIX)) is None


@pytest.mark.parametrize("tmdb_id", ["", "../603", "603/images", "٦٠٣", "abc"])
def test_what_is_no_id_is_not_asked_for(settings: Settings, tmdb: FakeTmdb, tmdb_id: str) -> None:
    assert asyncio.run(Tmdb.of(settings).poster(tmdb_id)) is None
    assert not tmdb.asked


def test_a_few_films_are_fetched_at_once_and_each_once(settings: Settings, tmdb: FakeTmdb) -> None:
    tmdb.slow = 0.05

    async def ask() -> list[bytes]:
        async with Tmdb.of(settings) as posters:
            wanted = [str(number) for number in range(15)] + ["1"] * 30
            found = await asyncio.gather(*map(posters.poster, wanted))
        return [poster.content for poster in found]

    assert asyncio.run(ask()) == [JPEG] * 45
    assert tmdb.most_at_once <= MAX_CONCURRENT
    assert tmdb.asked["image"] <= 15 + MAX_CONCURRENT


def test_without_a_key_nothing_of_tmdb_is_shown(service: FakeService, tmp_path: Path) -> None:
    app = FastAPI()
    app.state.service = service
    add_pages(app, Settings(data_dir=tmp_path, tmdb_key="", _env_file=None))
    with TestClient(app, headers={"Accept": "text/html"}) as client:
        html = client.get("/browse").text
        assert "/poster/tmdb/" not in html
        assert "endorsed" not in html
        assert is_drawn(client)


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_posters_are_kept_for_a_while(tmp_path: Path) -> None:
    clock = Clock()
    shelf = PosterCache(tmp_path / "posters", 10**6, clock)
    assert shelf.find(MATRIX) is None
    shelf.keep(MATRIX, JPEG)
    shelf.keep(OTHER, b"")
    assert (shelf.find(MATRIX), shelf.find(OTHER)) == (JPEG, b"")
    clock.now += MISSING_TTL
    assert (shelf.find(MATRIX), shelf.find(OTHER)) == (JPEG, None)
    clock.now += POSTER_TTL
    assert shelf.find(MATRIX) is None


def test_the_oldest_make_room(tmp_path: Path) -> None:
    clock = Clock()
    shelf = PosterCache(tmp_path, 50_000, clock)
    for number in range(10):
        clock.now += 1
        shelf.keep(str(number), bytes([number]) * 10_000)
    assert [number for number in range(10) if shelf.find(str(number))] == [5, 6, 7, 8, 9]
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 50_000


def test_processes_share_a_shelf(tmp_path: Path) -> None:
    shelves = [PosterCache(tmp_path, 40_000) for _ in range(4)]

    def write(shelf: PosterCache) -> None:
        for number in range(30):
            shelf.keep(str(number % 7), bytes([number % 7]) * 9000)

    threads = [threading.Thread(target=write, args=(shelf,)) for shelf in shelves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = {number: shelves[0].find(str(number)) for number in range(7)}
    assert any(kept.values())
    assert all(not c or c == bytes([number]) * 9000 for number, c in kept.items())
