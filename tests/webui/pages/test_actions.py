"""Rating, keeping, hiding and taking back: by plain forms and by htmx."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fake_service import HOSTILE, FakeService
from starlette.testclient import TestClient

from sparrow.errors import DependencyError
from webui.session.csrf import COOKIE as VISIT
from webui.session.user_session import COOKIE

HX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?model=mlp"}


def token(browser: TestClient) -> str:
    found = re.search(r'name="token" value="([^"]+)"', browser.get("/browse").text)
    assert found
    return found[1]


def do(browser: TestClient, said: str, movie: int = 1, *, alive: bool = False, **fields: object):  # type: ignore[no-untyped-def]
    data = {"token": token(browser), "said": said, "back": "/browse?page=2"} | fields
    return browser.post(
        f"/movie/{movie}/actions", data=data, headers=HX if alive else {}, follow_redirects=False
    )


def undo(browser: TestClient, html: str, movie: int = 1) -> str:
    fields = dict(re.findall(r'name="(token|event|view)" value="([^"]+)"', html.split("toast")[-1]))
    return browser.post(f"/movie/{movie}/undo", data=fields, headers=HX).text


def test_a_form_leads_back_and_the_next_page_says_once_what_was_done(
    user: TestClient, service: FakeService
) -> None:
    answer = do(user, "rate", stars="4.5")
    assert (answer.status_code, answer.headers["location"]) == (303, "/browse?page=2")
    (event,) = service.events
    assert (event.user_id, event.type, event.movie_id, event.value) == (42, "rating", 1, 4.5)
    assert "You rated The Matrix ★4.5." in user.get("/browse").text
    assert "4.5 stars.</p>" not in user.get("/browse").text


def test_a_film_that_was_rated_leaves_the_personal_rows_and_comes_back(
    user: TestClient,
) -> None:
    assert ">The Matrix</a>" in user.get("/for-you").text
    html = do(user, "rate", alive=True, stars="3").text
    assert ">The Matrix</a>" not in user.get("/for-you").text
    assert "Undone." in undo(user, html)
    assert ">The Matrix</a>" in user.get("/for-you").text


def test_htmx_gets_the_controls_the_toast_and_the_counter(user: TestClient) -> None:
    html = do(user, "rate", alive=True, stars="3.5").text
    assert "<html" not in html
    assert 'hx-swap-oob="outerHTML:.acts-1"' in html
    assert "Change your rating of The Matrix (3.5)" in html
    assert 'hx-swap-oob="innerHTML:#toast"' in html
    assert "32 ratings" in html
    assert 'name="back" value="/?model=mlp"' in html


def test_the_controls_are_those_of_the_place_that_asked(user: TestClient) -> None:
    assert 'class="controls acts-1"' in do(user, "want", alive=True, view="movie").text
    assert ">Deleted</span>" in do(user, "unrate", 13, alive=True, view="line").text
    assert do(user, "want", alive=True, view="remote_scorer").status_code == 422


def test_what_is_hidden_is_never_shown_again(user: TestClient) -> None:
    do(user, "hide", 2)
    user.get("/browse")  # says so
    assert ">Toy Story</a>" not in user.get("/").text
    assert 'value="unhide" aria-pressed="true"' in user.get("/browse").text
    do(user, "unhide", 2)
    assert ">Toy Story</a>" in user.get("/for-you").text


def test_a_rating_ends_the_wish_to_watch_and_undo_takes_both_back(user: TestClient) -> None:
    do(user, "want")
    assert ">The Matrix</a>" in user.get("/watchlist").text
    assert ">On your watchlist</h2>" in user.get("/").text
    html = do(user, "rate", alive=True, stars="5").text
    assert ">The Matrix</a>" not in user.get("/watchlist").text
    events = re.findall(r'name="event" value="([^"]+)"', html)
    assert len(events) == 2
    data = {"token": token(user), "event": events}
    user.post("/movie/1/undo", data=data, follow_redirects=False)
    assert ">The Matrix</a>" in user.get("/watchlist").text


@pytest.mark.parametrize(
    ("away", "order", "words"),
    [
        ((), ["7", "3", "1"], "Best matches first."),  # by expected stars
        (("predict_ratings",), ["1", "3", "7"], "Best matches first."),  # by the picks
        (("predict_ratings", "recommend"), ["3", "7", "1"], "Latest added first."),
    ],
)
def test_a_watchlist_begins_with_what_fits_best(
    user: TestClient, service: FakeService, away: tuple[str, ...], order: list[str], words: str
) -> None:
    for movie in (1, 7, 3):
        do(user, "want", movie)
    service.broken.update(dict.fromkeys(away, DependencyError("It is away.")))
    html = user.get("/watchlist").text
    assert re.findall(r'<h3><a href="/movie/(\d+)"', html) == order
    assert words in html
    assert bool(re.search(r"We predict <span.*★</span>3.6</span>", html)) == (not away)


def test_nobody_becomes_a_user_by_the_first_action(
    client: TestClient, service: FakeService
) -> None:
    assert "Nothing here yet" in client.get("/watchlist").text
    assert service.made == []
    html = do(client, "want", alive=True).text
    assert service.made == [43]
    assert "User 43" in html
    do(client, "want", 3)
    assert service.made == [43]
    assert {event.user_id for event in service.events} == {43}
    assert ">Chinatown</a>" in client.get("/watchlist").text


@pytest.mark.parametrize("path", ["/movie/1/actions", "/movie/1/undo"])
@pytest.mark.parametrize("given", ["", "forged"])
def test_a_form_without_the_browsers_token_is_refused(
    user: TestClient, service: FakeService, path: str, given: str
) -> None:
    data = {"said": "want", "token": given, "event": "3f0c7f39-7a1e-4f38-8f0e-2f2c1f6f7d10"}
    answer = user.post(path, data=data)
    assert answer.status_code == 403
    assert "You can't do that" in answer.text
    assert service.events == []


def test_a_token_of_another_browser_is_refused(user: TestClient, service: FakeService) -> None:
    stolen = token(user)
    user.cookies.delete(VISIT)
    user.get("/")
    assert user.post("/movie/1/actions", data={"said": "want", "token": stolen}).status_code == 403
    user.cookies.delete(VISIT)
    user.cookies.set(VISIT, "mine.forged")
    assert user.post("/movie/1/actions", data={"said": "want", "token": stolen}).status_code == 403
    assert service.events == []


@pytest.mark.parametrize("stars", ["", "0", "5.5", "3.3", "many"])
def test_stars_are_halves_up_to_five(user: TestClient, service: FakeService, stars: str) -> None:
    assert do(user, "rate", stars=stars).status_code == 422
    assert service.events == []


def test_an_unknown_film_makes_no_user(client: TestClient, service: FakeService) -> None:
    assert do(client, "want", 999).status_code == 404
    assert service.made == []


@pytest.mark.parametrize(
    "back", ["https://remote_scorer.example/", "//remote_scorer.example", "/\\x"]
)
def test_the_way_back_stays_on_the_site(user: TestClient, back: str) -> None:
    assert do(user, "want", back=back).headers["location"] == "/"


def test_the_actions_are_a_page_and_a_dialog(user: TestClient) -> None:
    came = {"Referer": "http://testserver/collection/popular?genre=Drama"}
    whole = user.get("/movie/1/actions", headers=came).text
    part = user.get("/movie/1/actions", headers=HX).text
    assert 'name="back" value="/collection/popular?genre=Drama"' in whole
    assert "<html" in whole
    assert "<html" not in part
    assert 'id="panel-title">The Matrix</h2>' in part
    assert len(re.findall('type="radio" name="stars"', part)) == 10


def test_a_title_in_a_toast_is_text(user: TestClient) -> None:
    html = do(user, "want", 12, alive=True).text
    assert "<script>alert" not in html
    assert HOSTILE in unescape(html)


def test_undo_of_what_was_never_done_says_so(user: TestClient) -> None:
    data = {"token": token(user), "event": "3f0c7f39-7a1e-4f38-8f0e-2f2c1f6f7d10"}
    answer = user.post("/movie/1/undo", data=data)
    assert answer.status_code == 404
    assert "too late to undo that." in answer.text


def test_an_action_that_is_not_on_the_disk_is_not_said_to_be(
    user: TestClient, service: FakeService
) -> None:
    service.broken["record"] = DependencyError("Redis is away.")
    assert do(user, "want").status_code == 503
    assert "is on your watchlist" not in user.get("/browse").text


def test_a_history_is_deleted_from_by_its_own_user_only(user: TestClient) -> None:
    assert 'value="unrate"' in user.get("/user/42").text
    user.cookies.delete(COOKIE)
    assert 'value="unrate"' not in user.get("/user/42").text


def test_a_card_says_why_and_what_found_it(user: TestClient) -> None:
    html = user.get("/").text
    assert re.search(r'<details class="why">\s*<summary>You gave', html)
    assert "<li>Popular with everyone</li>" in html
    assert "No. 1 in your picks" in user.get("/movie/1").text
    assert "in your picks" not in user.get("/movie/13").text  # rated


def test_actions_speak_chinese(user: TestClient) -> None:
    user.post("/preferences", data={"language": "zh"})
    do(user, "want")
    assert "已把《The Matrix》加入想看片单。" in user.get("/").text
