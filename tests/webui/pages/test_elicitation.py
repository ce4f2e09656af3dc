"""A newcomer's second step: films they love, films to rate, and the list that follows."""

from __future__ import annotations

import re

import pytest
from fake_service import FakeService
from starlette.testclient import TestClient

from sparrow.errors import DependencyError
from webui.views.onboarding.elicitation_view import ENOUGH

MOVIES_URL = "/welcome/movies"
OFFERED = re.compile(r'name="shown" value="(\d+)"')


def token(browser: TestClient) -> str:
    found = re.search(r'name="token" value="([^"]+)"', browser.get(MOVIES_URL).text)
    assert found
    return found[1]


def send(browser: TestClient, *, htmx: bool = False, **fields: object):  # type: ignore[no-untyped-def]
    data = {"token": token(browser)} | {k.replace("_", "-"): v for k, v in fields.items()}
    headers = {"HX-Request": "true"} if htmx else {}
    return browser.post(MOVIES_URL, data=data, headers=headers, follow_redirects=False)


def offered(browser: TestClient, address: str = MOVIES_URL) -> list[str]:
    return OFFERED.findall(browser.get(address).text)


@pytest.fixture
def newcomer(client: TestClient, service: FakeService) -> TestClient:
    """A browser whose visitor gave points."""
    data = {"token": token(client), "taste-Drama": 6}
    assert client.post("/welcome", data=data, follow_redirects=False).status_code == 303
    assert service.made == [43]
    return client


def test_films_are_offered_a_few_at_a_time_with_a_list_below(newcomer: TestClient) -> None:
    html = newcomer.get(MOVIES_URL).text
    assert OFFERED.findall(html) == ["1", "2", "3"]
    assert html.count('name="stars-1"') == 10
    assert "People disagree about these films, so your ratings tell us a lot." in html
    assert "Top picks for you" in html
    assert f"0 of {ENOUGH} rated" in html


def test_stars_are_ratings_and_the_next_films_are_others(
    newcomer: TestClient, service: FakeService
) -> None:
    answer = send(newcomer, shown=["1", "2", "3"], stars_2="4.5")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{MOVIES_URL}?keep=1&keep=3")
    (event,) = [event for event in service.events if event.type == "rating"]
    assert (event.user_id, event.movie_id, event.value) == (43, 2, 4.5)
    assert service.stated[43].elicited == (2,)
    assert service.stated[43].tastes == {"Drama": 6}
    html = newcomer.get(MOVIES_URL).text
    assert OFFERED.findall(html) == ["1", "3", "4"]
    assert f"1 of {ENOUGH} rated" in html
    assert "Your ratings" in html


def test_films_that_were_not_answered_stay_and_a_new_one_joins_them(newcomer: TestClient) -> None:
    answer = send(newcomer, shown=["7", "8", "9"], stars_8="4.5")
    assert offered(newcomer, answer.headers["location"]) == ["7", "9", "1"]
    html = send(newcomer, htmx=True, shown=["7", "9", "1"], skip="7").text
    assert OFFERED.findall(html) == ["9", "1", "2"]
    answer = send(newcomer, shown=["9", "1", "2"], next="1")
    assert answer.headers["location"] == MOVIES_URL
    # a stale address offers nothing twice
    assert offered(newcomer, f"{MOVIES_URL}?keep=8&keep=7&keep=40") == ["40", "3", "4"]
    assert newcomer.get(f"{MOVIES_URL}?keep=999").status_code == 404
    assert newcomer.get(MOVIES_URL, params={"keep": [1, 2, 3, 4]}).status_code == 422


def test_a_film_not_seen_is_not_offered_again(newcomer: TestClient, service: FakeService) -> None:
    send(newcomer, shown=["1", "2", "3"], skip="2")
    assert offered(newcomer) == ["1", "3", "4"]
    send(newcomer, shown=["1", "3", "4"], next="1", stars_4="1")
    assert offered(newcomer) == ["5", "6", "7"]
    assert service.stated[43].elicited == (2, 4, 1, 3)
    assert [e.movie_id for e in service.events if e.type == "rating"] == [4]


def test_enough_is_enough(newcomer: TestClient) -> None:
    for film in range(1, ENOUGH + 1):
        assert offered(newcomer)
        send(newcomer, shown=str(film), **{f"stars_{film}": "3"})
    html = newcomer.get(MOVIES_URL).text
    assert not OFFERED.findall(html)
    assert f"You have rated {ENOUGH} films" in html
    assert 'id="love"' in html


def test_films_that_are_loved_are_found_by_title_and_get_five_stars(
    newcomer: TestClient, service: FakeService
) -> None:
    html = newcomer.get(MOVIES_URL, params={"q": "matrix"}).text
    assert re.search(r'name="love" value="1">I love it', html)
    answer = send(newcomer, love="1")
    assert (answer.status_code, answer.headers["location"]) == (303, MOVIES_URL)
    (event,) = [event for event in service.events if event.type == "rating"]
    assert (event.movie_id, event.value) == (1, 5.0)
    html = newcomer.get(MOVIES_URL, params={"q": "matrix"}).text
    assert "You rated it ★5" in html
    assert 'name="love" value="1"' not in html
    # what was loved was not offered, so that all the others still may be
    assert f"0 of {ENOUGH} rated" in html
    assert OFFERED.findall(html) == ["2", "3", "4"]


def test_a_search_that_finds_nothing_says_so(newcomer: TestClient) -> None:
    assert "No title has all of these words" in newcomer.get(MOVIES_URL, params={"q": "qqqq"}).text


def test_with_script_only_what_changed_is_answered(
    newcomer: TestClient, service: FakeService
) -> None:
    html = send(newcomer, htmx=True, shown=["1", "2", "3"], stars_1="2").text
    assert "<html" not in html
    assert OFFERED.findall(html) == ["2", "3", "4"]
    assert "Top picks for you" in html
    assert "You rated The Matrix ★2." in html
    assert 'hx-swap-oob="innerHTML:#toast"' in html
    html = send(newcomer, htmx=True, shown=["2", "3", "4"], skip="2").text
    assert "#toast" not in html


def test_somebody_who_skipped_the_tastes_becomes_a_user_by_a_film(
    client: TestClient, service: FakeService
) -> None:
    html = client.get(MOVIES_URL).text
    assert OFFERED.findall(html) == ["1", "2", "3"]
    assert "Top picks for you" not in html
    assert service.made == []
    assert 'id="me"' in send(client, htmx=True, love="7").text
    assert service.made == [43]
    assert "User 43" in client.get("/").text


def test_a_form_that_says_nothing_makes_nobody(client: TestClient, service: FakeService) -> None:
    assert send(client, shown=["1", "2", "3"]).status_code == 303
    assert service.made == []


def test_a_borrowed_user_is_left_alone(client: TestClient, service: FakeService) -> None:
    client.post("/session/browse-as", data={"user_id": 42})
    send(client, shown="1", stars_1="4")
    assert service.made == [43]
    assert {event.user_id for event in service.events} == {43}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"stars_1": "5.5"}, 422),
        ({"stars_1": "0.3"}, 422),
        ({"stars_1": "x"}, 422),
        ({"stars_1": "nan"}, 422),
        ({"stars_x": "4"}, 422),
        ({"stars_1": ""}, 303),
        ({"love": "x"}, 422),
        ({"love": ""}, 422),
        ({"love": "999"}, 404),
        ({"shown": "999", "next": "1"}, 404),
        ({"skip": "٣"}, 422),
    ],
)
def test_what_no_form_of_the_site_sends_is_refused(
    client: TestClient, service: FakeService, fields: dict[str, str], status: int
) -> None:
    assert send(client, **fields).status_code == status
    assert service.events == []
    assert service.made == []


def test_the_form_needs_the_token_of_this_browser(client: TestClient, service: FakeService) -> None:
    client.get(MOVIES_URL)
    assert client.post(MOVIES_URL, data={"love": "1", "token": "x"}).status_code == 403
    assert service.made == []


def test_redis_away_is_503(newcomer: TestClient, service: FakeService) -> None:
    key = token(newcomer)
    service.broken["record"] = DependencyError("Redis is away.")
    assert newcomer.post(MOVIES_URL, data={"token": key, "love": "1"}).status_code == 503
    service.broken["stated_preferences"] = DependencyError("Redis is away.")
    assert newcomer.get(MOVIES_URL).status_code == 503


def test_the_list_that_follows_is_recorded_as_shown(
    newcomer: TestClient, service: FakeService
) -> None:
    newcomer.get(MOVIES_URL)
    shown = [event for event in service.events if event.type == "impression"]
    assert {event.context["row"] for event in shown} == {"Top picks for you"}
    assert {event.context["page"] for event in shown} == {MOVIES_URL}
