"""What pages tell the engine of what they showed, and what was opened from them."""

from __future__ import annotations

import re

import pytest
from fake_service import FakeService
from starlette.testclient import TestClient

from sparrow.errors import DependencyError
from sparrow.feedback.event import Event


def told(service: FakeService) -> list[Event]:
    return [event for event in service.events if event.type in ("impression", "click")]


@pytest.fixture
def own(client: TestClient, service: FakeService) -> TestClient:
    """A visitor who is a user of their own, by having put a film on the watchlist."""
    found = re.search(r'name="token" value="([^"]+)"', client.get("/").text)
    assert found
    form = {"said": "want", "token": found[1]}
    client.post("/movie/1/actions", data=form, follow_redirects=False)
    return client


def test_a_row_tells_what_it_showed_and_where(own: TestClient, service: FakeService) -> None:
    own.get("/")
    assert {(e.user_id, e.type) for e in told(service)} == {(43, "impression")}
    top = [e for e in told(service) if e.context["row"] == "Top picks for you"]
    assert [(e.movie_id, e.context["position"]) for e in top] == [(n, n) for n in range(1, 7)]
    assert {e.context["page"] for e in told(service)} == {"/"}


def test_what_the_visit_showed_already_is_not_told_again(
    own: TestClient, service: FakeService
) -> None:
    service.shown = [1, 2, 3]
    own.get("/movie/3", headers={"Referer": "http://testserver/"})
    own.get("/")
    assert not {e.movie_id for e in told(service) if e.type == "impression"} & {1, 2, 3}
    assert [e.movie_id for e in told(service) if e.type == "click"] == [3]


def test_a_row_that_came_later_was_shown_on_its_page(own: TestClient, service: FakeService) -> None:
    own.get("/rows/latest", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/"})
    assert len(told(service)) == 6
    assert {e.context["page"] for e in told(service)} == {"/"}


@pytest.mark.parametrize("path", ["/browse", "/search?q=the", "/watchlist", "/for-you", "/movie/3"])
def test_every_list_tells(own: TestClient, service: FakeService, path: str) -> None:
    html = own.get(path).text
    shown = re.findall(r'<h3><a href="/movie/(\d+)"', html)
    assert [str(e.movie_id) for e in told(service)] == shown


def test_a_film_opened_from_a_list_is_a_click(own: TestClient, service: FakeService) -> None:
    own.get("/movie/3", headers={"Referer": "http://testserver/browse?page=2"})
    (click,) = [e for e in told(service) if e.type == "click"]
    assert (click.user_id, click.movie_id, click.context) == (43, 3, {"page": "/browse"})


@pytest.mark.parametrize(
    "referer", ["", "http://testserver/movie/3", "https://remote_scorer.example/browse"]
)
def test_a_film_opened_otherwise_is_not(
    own: TestClient, service: FakeService, referer: str
) -> None:
    own.get("/movie/3", headers={"Referer": referer})
    assert "click" not in {e.type for e in told(service)}


def test_nothing_is_told_of_a_user_somebody_browses_as(
    user: TestClient, service: FakeService
) -> None:
    user.get("/")
    user.get("/movie/3", headers={"Referer": "http://testserver/"})
    assert told(service) == []


def test_a_page_stands_when_it_cannot_tell(own: TestClient, service: FakeService) -> None:
    service.broken["record"] = DependencyError("Redis is away.")
    assert own.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/movie/1", "/watchlist", "/user/42"])
def test_a_list_that_is_only_looked_up_does_not_count_as_shown(
    own: TestClient, service: FakeService, path: str
) -> None:
    service.queries.clear()
    own.get(path)
    assert [query.log_impression for query in service.queries] == [False]
