"""Errors: plain words for people, problem details for programs."""

from __future__ import annotations

import pytest
from fake_service import FakeService
from starlette.testclient import TestClient

from sparrow.errors import DependencyError, ReleaseError
from webui.security import HEADERS


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "There is no such page"),
        ("/movie/999", 404, "There is no movie 999."),
        ("/user/43", 404, "There is no viewer 43."),
        ("/genre/Opera", 422, "Expected one of"),
        ("/browse?year_from=soon", 422, "<code>year_from</code>"),
        ("/collection/worst", 422, "<code>name</code>"),
        ("/user/42?page=0", 422, "<code>page</code>"),
        ("/movie/99999999999999999999", 422, "<code>movie_id</code>"),
    ],
)
def test_an_error_page_explains_and_leads_on(
    client: TestClient, path: str, status: int, words: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert words in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert 'action="/search"' in answer.text
    assert 'href="/">Home</a>' in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [(DependencyError("Redis is away."), 503), (ReleaseError("No release."), 503)],
)
def test_a_part_that_is_away_is_named(
    client: TestClient, service: FakeService, error: Exception, status: int
) -> None:
    service.broken["movie"] = error
    answer = client.get("/movie/1")
    assert answer.status_code == status
    assert str(error) in answer.text
    assert "Sparrow is not ready" in answer.text


def test_a_defect_is_not_shown(client: TestClient, service: FakeService) -> None:
    service.broken["movie"] = RuntimeError("secret of the house")
    answer = client.get("/movie/1")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in answer.text


@pytest.mark.parametrize("path", ["/nowhere", "/movie/999", "/browse?year_from=soon", "/movie/1"])
def test_a_program_gets_problem_details(
    client: TestClient, service: FakeService, path: str
) -> None:
    service.broken["similar"] = service.broken["movie"] = RuntimeError("secret of the house")
    answer = client.get(path, headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize("path", ["/", "/nowhere", "/poster/v1/1.svg", "/movie/999", "/movie/1"])
def test_every_answer_carries_the_policy(
    client: TestClient, service: FakeService, path: str
) -> None:
    service.broken["similar"] = RuntimeError("a defect")
    if path == "/movie/1":
        service.broken["movie"] = RuntimeError("a defect")
    headers = client.get(path).headers
    for name, value in HEADERS.items():
        assert headers.get_list(name) == [value]


def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy
