"""Show others: a form that makes a personal list begin with other films."""

from __future__ import annotations

import re

import pytest
from fake_service import FakeService
from starlette.testclient import TestClient

from online.types import Query
from webui.views.lists.refresh_form import MAX_SHOWN, RefreshForm

FORM = re.compile(r'<form method="post" action="/lists/refresh">(.*?)</form>', re.DOTALL)
FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def form(client: TestClient, path: str) -> dict[str, str]:
    (found,) = FORM.findall(client.get(path).text)
    return {name: value.replace("&amp;", "&") for name, value in FIELD.findall(found)}


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/", Query(42, limit=6)),
        ("/?model=mlp&diversity=0.75", Query(42, limit=6, model="mlp", diversity=0.75)),
        ("/for-you", Query(42, limit=24)),
        ("/for-you?genre=Drama&page=2", Query(42, limit=48, genre="Drama")),
        ("/for-you?popularity=-0.5&page=2", Query(42, limit=48, popularity=-0.5)),
    ],
)
def test_the_button_asks_for_others_of_the_list_that_is_shown(
    user: TestClient, service: FakeService, path: str, asked: Query
) -> None:
    fields = form(user, path)
    answer = user.post("/lists/refresh", data=fields, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    sent = service.queries[-1]
    assert (sent.refresh, sent.log_impression) == (True, False)
    for name in ("user_id", "limit", "genre", "model", "diversity", "popularity", "freshness"):
        assert getattr(sent, name) == getattr(asked, name), name
    assert (sent.flow, sent.offset, sent.exclude) == ("home", 0, ())


def test_only_personal_lists_have_the_button(client: TestClient, user: TestClient) -> None:
    assert not FORM.search(user.get("/collection/popular").text)
    client.post("/session/leave")
    assert not FORM.search(client.get("/").text)


def test_the_button_stays_within_what_the_form_takes(user: TestClient) -> None:
    assert RefreshForm(MAX_SHOWN + 1).fields["shown"] == MAX_SHOWN
    assert not FORM.search(user.get("/for-you?page=90").text)  # no films, no others


def test_nobody_has_a_list_and_other_sites_ask_for_nothing(
    client: TestClient, user: TestClient, service: FakeService
) -> None:
    service.queries.clear()
    remote_scorer = {"sec-fetch-site": "cross-site"}
    assert user.post("/lists/refresh", data={"shown": 6}, headers=remote_scorer).status_code == 422
    for wrong in ({}, {"shown": 0}, {"shown": MAX_SHOWN + 1}, {"shown": 6, "diversity": 2}):
        assert user.post("/lists/refresh", data=wrong).status_code == 422
    client.post("/session/leave")
    service.queries.clear()
    assert client.post("/lists/refresh", data={"shown": 6}).status_code == 404
    assert service.queries == []


@pytest.mark.parametrize(
    "back", ["https://remote_scorer.example/", "//remote_scorer.example", "/\\x"]
)
def test_the_way_back_leads_to_this_site(user: TestClient, back: str) -> None:
    answer = user.post("/lists/refresh", data={"shown": 6, "back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"
