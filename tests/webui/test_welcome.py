"""A newcomer's first minute: points for tastes, stars for a few films."""

from __future__ import annotations

import re

import pytest
from fake_service import FakeService
from starlette.testclient import TestClient

from sparrow.errors import DependencyError
from webui.identity import COOKIE


def token(browser: TestClient) -> str:
    found = re.search(r'name="token" value="([^"]+)"', browser.get("/welcome").text)
    assert found
    return found[1]


def share(browser: TestClient, **points: object):  # type: ignore[no-untyped-def]
    fields = {name.replace("_", "-"): value for name, value in points.items()}
    data = {"token": token(browser)} | fields
    return browser.post("/welcome", data=data, follow_redirects=False)


def test_a_visitor_is_invited(client: TestClient) -> None:
    assert 'href="/welcome"' in client.get("/").text


def test_every_taste_has_posters_and_points(client: TestClient) -> None:
    html = client.get("/welcome").text
    assert html.count("<fieldset") == 3
    assert "Action · Thriller" in html
    assert "Everything else" in html
    assert html.count('name="taste-13"') == 7
    assert html.count('value="0" checked') == 3


def test_points_make_a_viewer_who_is_asked_about_films_of_the_chosen_tastes(
    client: TestClient, service: FakeService
) -> None:
    answer = share(client, taste_13=4, taste_1=2, taste_10=0)
    assert answer.status_code == 303
    # in turns, the favourite taste first
    assert answer.headers["location"] == "/welcome/films?film=13&film=3&film=14&film=4&film=15"
    (told,) = service.told
    assert told.genres == {"Drama": pytest.approx(4 / 6), "Action": pytest.approx(2 / 6)} | {
        "Thriller": pytest.approx(2 / 6)
    }
    weights: dict[bool, float] = {True: 0.0, False: 0.0}
    for movie, weight in told.picks:
        weights[movie >= 13] += weight
    assert weights == {True: pytest.approx(4), False: pytest.approx(2)}
    assert service.made == [43]
    assert "User 43" in client.get("/").text


def test_stars_are_ratings_and_what_was_left_out_is_none(
    client: TestClient, service: FakeService
) -> None:
    share(client, taste_13=6)
    html = client.get("/welcome/films?film=13&film=14").text
    assert html.count("<fieldset") == 2
    assert html.count('name="stars-13"') == 10
    data = {"token": token(client), "stars-13": "4.5"}
    answer = client.post("/welcome/films", data=data, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    (event,) = service.events
    assert (event.user_id, event.type, event.movie_id, event.value) == (43, "rating", 13, 4.5)


@pytest.mark.parametrize("points", [{}, {"taste_13": 0}, {"taste_13": 4, "taste_1": 3}])
def test_none_or_too_many_points_are_asked_for_again(
    client: TestClient, service: FakeService, points: dict[str, int]
) -> None:
    answer = share(client, **points)
    assert answer.status_code == 422
    assert f"You shared {sum(points.values())} points" in answer.text
    assert answer.text.count('value="4" checked') == (4 in points.values())
    assert service.made == []
    assert COOKIE not in client.cookies


@pytest.mark.parametrize("points", ["7", "-1", "many", "1.5", "٣"])
def test_what_no_form_of_the_site_sends_is_refused(client: TestClient, points: str) -> None:
    assert share(client, taste_13=points).status_code == 422
    assert share(client, taste_x=1).status_code == 422


def test_tastes_of_another_release_are_refused(client: TestClient, service: FakeService) -> None:
    answer = share(client, taste_99=2)
    assert answer.status_code == 422
    assert "load the page again" in answer.text
    assert service.made == []


@pytest.mark.parametrize(("stars", "status"), [("5.5", 422), ("0.3", 422), ("x", 422), ("", 303)])
def test_only_half_stars_are_stars(client: TestClient, stars: str, status: int) -> None:
    share(client, taste_13=1)
    data = {"token": token(client), "stars-13": stars}
    assert client.post("/welcome/films", data=data, follow_redirects=False).status_code == status


def test_an_own_viewer_tells_anew_and_a_borrowed_one_stays_as_it_is(
    client: TestClient, service: FakeService
) -> None:
    share(client, taste_13=1)
    share(client, taste_1=1)
    assert service.made == [43]
    assert [sorted(told.genres) for told in service.told] == [["Drama"], ["Action", "Thriller"]]
    client.post("/viewer", data={"user_id": 42})
    share(client, taste_1=1)
    assert service.made == [43, 44]


def test_both_forms_need_the_token_of_this_browser(
    client: TestClient, service: FakeService
) -> None:
    client.get("/welcome")
    for path in ("/welcome", "/welcome/films"):
        assert client.post(path, data={"taste-13": 1, "token": "x"}).status_code == 403
    assert service.made == []


def test_films_without_a_viewer_lead_back_to_the_tastes(client: TestClient) -> None:
    data = {"token": token(client), "stars-13": "4"}
    answer = client.post("/welcome/films", data=data, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")


def test_no_tastes_are_said_and_redis_away_is_503(
    client: TestClient, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.broken["new_viewer"] = DependencyError("Redis is away.")
    assert share(client, taste_13=1).status_code == 503
    monkeypatch.setattr(service, "taste_groups", lambda: ())
    assert "too little in the catalogue" in client.get("/welcome").text
