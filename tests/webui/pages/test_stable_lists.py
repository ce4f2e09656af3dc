"""The pages over the real engine: reloading changes nothing, acting and asking for others does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest
import release_world
from real_servers import running

from sparrow.redis import keys
from sparrow.redis.connection import redis_client, redis_for
from sparrow.release.release_folder import Release
from sparrow.settings import Settings
from webui.app import create_app

pytestmark = pytest.mark.redis

CARD = re.compile(r'<h3><a href="/movie/(\d+)')
ROW = re.compile(r'<section class="row".*?</section>', re.DOTALL)
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("still")
    settings = Settings(data_dir=folder, scorer="embedding", demo=True, _env_file=None)
    release_world.build_release(settings.releases, model=False)
    return settings


@pytest.fixture(scope="module")
def url(settings: Settings) -> Iterator[str]:
    with redis_for(settings) as url:
        (root,) = settings.releases.iterdir()
        release_world.publish(Release.open(root), url)
        yield url


@pytest.fixture(scope="module")
def site(settings: Settings, url: str) -> Iterator[httpx.Client]:
    with running(create_app(settings)) as site:
        yield site


@pytest.fixture(scope="module")
def another(settings: Settings, url: str) -> Iterator[httpx.Client]:
    """Another process of the same site."""
    with running(create_app(settings)) as site:
        yield site


@pytest.fixture
def own(site: httpx.Client) -> httpx.Client:
    """A visitor who is a new user, by having rated some comedies."""
    site.cookies.clear()
    for movie in (2, 6, 10):
        act(site, movie, "rate", stars=5)
    return site


def act(site: httpx.Client, movie: int, command: str, **more: object) -> None:
    found = TOKEN.search(site.get("/").text)
    assert found
    form = {"command": command, "token": found[1], **more}
    assert site.post(f"/movie/{movie}/actions", data=form).status_code == 303


def rows(site: httpx.Client, path: str = "/") -> list[list[str]]:
    """The movies of each row; nothing may come late, or it would be missing here."""
    html = site.get(path).text
    assert 'class="late"' not in html
    return [CARD.findall(row) for row in ROW.findall(html)]


def films(site: httpx.Client, path: str) -> list[str]:
    return CARD.findall(site.get(path).text)


def test_a_page_that_is_reloaded_stays_as_it_is(
    own: httpx.Client, another: httpx.Client, url: str
) -> None:
    """Every load tells what it showed; that used to empty the page at the third."""
    first, whole = rows(own), films(own, "/for-you")
    assert len(first[0]) == 6
    assert len(whole) == 24
    another.cookies = own.cookies
    for _ in range(4):
        assert rows(own) == rows(another) == first
        assert films(own, "/for-you") == films(another, "/for-you") == whole
    with redis_client(url) as redis:
        (told,) = (f for _, f in redis.xrevrange(keys.EVENTS, count=1))
        events = [orjson.loads(f[b"event"]) for _, f in redis.xrange(keys.EVENTS)]
    user_id = orjson.loads(told[b"event"])["user_id"]
    shown = [e["movie_id"] for e in events if (e["type"], e["user_id"]) == ("impression", user_id)]
    assert {movie for row in first for movie in row} <= {str(movie) for movie in shown}
    assert len(shown) == len(set(shown))


def test_going_back_from_a_film_finds_the_page_as_it_was(own: httpx.Client) -> None:
    first = rows(own)
    for movie in first[0][:3]:
        own.get(f"/movie/{movie}", headers={"Referer": str(own.base_url)})
    assert rows(own) == first


def test_what_is_hidden_goes_and_the_other_top_picks_stay(own: httpx.Client) -> None:
    before = rows(own)[0]
    act(own, int(before[1]), "hide")
    after = rows(own)[0]
    assert after[:5] == [before[0], *before[2:]]
    act(own, int(before[1]), "unhide")
    assert rows(own)[0] == before


def test_a_rating_changes_the_page(own: httpx.Client) -> None:
    before = rows(own)[0]
    for movie in (3, 5, 7, 9):
        act(own, movie, "rate", stars=5)
    assert rows(own)[0] != before


@pytest.mark.parametrize("path", ["/", "/for-you", "/?diversity=0.5"])
def test_others_are_shown_by_a_form_and_hold_still(own: httpx.Client, path: str) -> None:
    def shown() -> list[str]:
        return films(own, path) if path == "/for-you" else rows(own, path)[0]

    before = shown()
    form = {"shown": len(before), "back": path}
    if "diversity" in path:
        form["diversity"] = 0.5
    answer = own.post("/lists/refresh", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    others = shown()
    assert not set(others) & set(before)
    assert shown() == others
