"""Browsing as a user of the data set, while the demo is on."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_service import FakeService
from fastapi import FastAPI
from starlette.testclient import TestClient

from online.api.problems import install_problems
from sparrow.settings import Settings
from webui.app import add_pages
from webui.session.user_session import COOKIE, UserSession


def site(settings: Settings) -> TestClient:
    app = FastAPI()
    app.state.service = FakeService()
    install_problems(app)
    return TestClient(add_pages(app, settings))


def test_choosing_a_user_sets_a_cookie_and_leads_home(client: TestClient) -> None:
    answer = client.post("/session/browse-as", data={"user_id": 42}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "User 42" in client.get("/").text


def test_leaving_makes_the_visitor_nobody(user: TestClient) -> None:
    user.post("/session/leave")
    assert "User 42" not in user.get("/").text


def test_a_user_who_does_not_exist_cannot_be_chosen(client: TestClient) -> None:
    assert client.post("/session/browse-as", data={"user_id": 43}).status_code == 404
    assert client.post("/session/browse-as", data={"user_id": "me"}).status_code == 422


def test_a_cookie_that_was_not_signed_here_is_nobody(client: TestClient) -> None:
    client.cookies.set(COOKIE, "42")
    assert "User 42" not in client.get("/").text


def test_a_form_of_another_site_is_refused(client: TestClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = client.post(
        "/session/browse-as", data={"user_id": 42}, headers=headers, follow_redirects=False
    )
    assert answer.status_code == 422
    assert COOKIE not in client.cookies


def test_without_the_demo_nobody_can_be_anybody(user: TestClient, settings: Settings) -> None:
    kept = user.cookies[COOKIE]
    with site(settings.model_copy(update={"demo": False})) as strict:
        strict.cookies.set(COOKIE, kept)
        assert "User 42" not in strict.get("/").text
        assert "User 42" not in strict.get("/").text


def test_the_key_is_made_once_and_kept_private(settings: Settings, tmp_path: Path) -> None:
    UserSession(settings)
    key = tmp_path / "cookie.key"
    first = key.read_text()
    UserSession(settings)
    assert key.read_text() == first
    assert len(first) >= 32
    assert key.stat().st_mode & 0o077 == 0


def test_a_key_of_the_settings_is_used_instead_of_a_file(tmp_path: Path) -> None:
    UserSession(Settings(data_dir=tmp_path, demo=True, cookie_secret="shared", _env_file=None))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("demo", [True, False])
def test_only_the_demo_shows_whom_to_browse_as(tmp_path: Path, demo: bool) -> None:
    with site(Settings(data_dir=tmp_path, demo=demo, _env_file=None)) as visitor:
        assert ('action="/session/browse-as"' in visitor.get("/").text) is demo
