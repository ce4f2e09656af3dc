"""A newcomer's first step: points for tastes."""

from __future__ import annotations

import re

import pytest
from fake_service import FakeService
from starlette.testclient import TestClient

from online.users.stated_preferences import StatedPreferences
from sparrow.errors import DependencyError
from webui.session.user_session import COOKIE

DRAMA, ACTION, CLASSICS = "Drama", "Action|Thriller", "@classic"


def token(browser: TestClient) -> str:
    found = re.search(r'name="token" value="([^"]+)"', browser.get("/welcome").text)
    assert found
    return found[1]


def share(browser: TestClient, points: dict[str, object]):  # type: ignore[no-untyped-def]
    data = {"token": token(browser)} | {f"taste-{key}": value for key, value in points.items()}
    return browser.post("/welcome", data=data, follow_redirects=False)


def test_a_visitor_is_invited(client: TestClient) -> None:
    html = client.get("/").text
    assert 'href="/welcome"' in html
    assert "Tell us what you like in one minute." in html


def test_every_taste_has_posters_and_points(client: TestClient) -> None:
    html = client.get("/welcome").text
    assert html.count("<fieldset") == 3
    assert "Action · Thriller" in html
    assert "Classics" in html
    assert html.count('name="taste-Drama"') == 7
    assert html.count('value="0" checked') == 3


def test_points_make_a_user_who_goes_on_to_films(client: TestClient, service: FakeService) -> None:
    answer = share(client, {DRAMA: 4, ACTION: 2, CLASSICS: 0})
    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome/movies")
    assert service.made == [43]
    assert service.stated[43].tastes == {DRAMA: 4, ACTION: 2}
    assert "User 43" in client.get("/").text


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ({}, "Give at least one point."),
        ({DRAMA: 0}, "Give at least one point."),
        ({DRAMA: 4, ACTION: 3}, "You gave 7 points. Give at most 6."),
    ],
)
def test_none_or_too_many_points_are_asked_for_again(
    client: TestClient, service: FakeService, points: dict[str, object], says: str
) -> None:
    answer = share(client, points)
    assert answer.status_code == 422
    assert says in answer.text
    assert answer.text.count('value="4" checked') == (4 in points.values())
    assert service.made == []
    assert COOKIE not in client.cookies


@pytest.mark.parametrize("points", ["7", "-1", "many", "1.5", "٣"])
def test_what_no_form_of_the_site_sends_is_refused(client: TestClient, points: str) -> None:
    assert share(client, {DRAMA: points}).status_code == 422


def test_tastes_of_another_release_are_refused(client: TestClient, service: FakeService) -> None:
    answer = share(client, {"Horror": 2})
    assert answer.status_code == 422
    assert "Reload the page and pick again." in answer.text
    assert service.made == []


def test_points_given_before_are_there_again_and_may_be_changed(
    client: TestClient, service: FakeService
) -> None:
    share(client, {DRAMA: 5, CLASSICS: 1})
    service.stated[43] = StatedPreferences(tastes={DRAMA: 5, CLASSICS: 1}, elicited=(3,), age=40)
    html = client.get("/welcome").text
    assert html.count('value="5" checked') == html.count('value="1" checked') == 1
    share(client, {ACTION: 6})
    assert service.made == [43]
    assert service.stated[43].tastes == {ACTION: 6}
    assert (service.stated[43].elicited, service.stated[43].age) == ((3,), 40)


def test_a_borrowed_user_stays_as_it_is(client: TestClient, service: FakeService) -> None:
    client.post("/session/browse-as", data={"user_id": 42})
    service.stated[42] = StatedPreferences(tastes={DRAMA: 5})
    assert 'value="5" checked' not in client.get("/welcome").text
    share(client, {ACTION: 1})
    assert service.made == [43]
    assert service.stated[42].tastes == {DRAMA: 5}


def test_the_form_needs_the_token_of_this_browser(client: TestClient, service: FakeService) -> None:
    client.get("/welcome")
    assert client.post("/welcome", data={"taste-Drama": 1, "token": "x"}).status_code == 403
    assert service.made == []


def test_no_tastes_are_said_and_redis_away_is_503(
    client: TestClient, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.broken["create_user"] = DependencyError("Redis is away.")
    assert share(client, {DRAMA: 1}).status_code == 503
    monkeypatch.setattr(service, "taste_groups", lambda: ())
    html = client.get("/welcome").text
    assert "not enough films yet" in html
    assert 'href="/welcome/movies"' in html
