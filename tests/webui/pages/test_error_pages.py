"""Errors: plain words for people, problem details for programs."""

from __future__ import annotations

import pytest
from fake_service import FakeService
from starlette.testclient import TestClient

from sparrow.errors import (
    DependencyError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    ReleaseError,
    TooManyRequestsError,
    UnauthorizedError,
)
from webui.session.security_headers import HEADERS


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "Page not found"),
        ("/movie/999", 404, "There is no film 999."),
        ("/user/43", 404, "There is no user 43."),
        ("/genre/Opera", 422, "Choose one of: "),
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


RAISED = {
    401: UnauthorizedError("Say who you are."),
    403: ForbiddenError("Not you."),
    404: NotFoundError("There is no such film."),
    422: InvalidRequestError("year", "Expected a year."),
    429: TooManyRequestsError("Slowly.", retry_after=7),
    500: RuntimeError("secret of the house"),
    503: DependencyError("Redis is away."),
}
HEADLINES = {
    401: ("Please sign in", "请先登录"),
    403: ("You can't do that", "你不能进行这个操作"),
    404: ("Page not found", "找不到这个页面"),
    422: ("This link isn't valid.", "这个链接无效。"),
    429: ("Too many requests", "请求太多了"),
    500: ("Something went wrong on our side", "我们这边出了点问题"),
    503: ("Sparrow isn't available right now", "Sparrow 暂时不可用"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("status", RAISED)
def test_every_error_has_a_page_in_plain_words(
    client: TestClient, service: FakeService, status: int, language: str
) -> None:
    service.broken["movie"] = RAISED[status]
    answer = client.get("/movie/1", headers={"Accept-Language": language})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert f'<html lang="{language}"' in answer.text
    assert f"<h1>{HEADLINES[status][language == 'zh']}</h1>" in answer.text
    assert f"<code>{answer.headers['x-request-id']}</code>" in answer.text
    assert '<input id="look" type="search" name="q"' in answer.text
    assert '<a class="pill strong" href="/">' in answer.text
    assert ("secret" in answer.text) is False


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/movie/999", "没有编号为 999 的影片。"),
        ("/user/43", "没有编号为 43 的用户。"),
        ("/browse?year_from=soon", "<code>year_from</code>: 请输入整数。"),
        ("/browse?year_from=-1", "<code>year_from</code>: 至少输入 0。"),
        ("/browse?year_to=10000", "<code>year_to</code>: 最多输入 9999。"),
        (
            "/browse?match=some",
            "<code>match</code>: 请选择其中一项：&#39;any&#39; or &#39;all&#39;。",
        ),
    ],
)
def test_details_are_in_the_pages_language(client: TestClient, path: str, words: str) -> None:
    answer = client.get(path, headers={"Accept-Language": "zh"})
    assert words in answer.text
    assert '<span lang="en">' not in answer.text


def test_a_detail_without_a_translation_says_that_it_is_english(
    client: TestClient, service: FakeService
) -> None:
    service.broken["movie"] = DependencyError("It <is> away.")
    answer = client.get("/movie/1", headers={"Accept-Language": "zh"})
    assert '<span lang="en">It &lt;is&gt; away.</span>' in answer.text


@pytest.mark.parametrize("accept", ["application/json", "*/*"])
@pytest.mark.parametrize("status", RAISED)
def test_every_error_is_problem_details_for_a_program(
    client: TestClient, service: FakeService, status: int, accept: str
) -> None:
    service.broken["movie"] = RAISED[status]
    answer = client.get("/movie/1", headers={"Accept": accept})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_the_api_answers_a_browser_as_everybody(client: TestClient) -> None:
    answer = client.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_who_asked_too_often_is_told_how_long_to_wait(
    client: TestClient, service: FakeService
) -> None:
    service.broken["movie"] = RAISED[429]
    answer = client.get("/movie/1")
    assert answer.headers["retry-after"] == "7"
    assert "You can try again in 7 seconds." in answer.text


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
    assert "Sparrow isn't available right now" in answer.text


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
