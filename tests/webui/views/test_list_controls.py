"""Sliders of the home page: what they ask the engine, and where they stay."""

from __future__ import annotations

import re

import pytest
from fake_service import FakeService
from starlette.testclient import TestClient

TUNED = "popularity=-0.5&diversity=0.75&freshness=0.25"


@pytest.fixture(autouse=True)
def from_now_on(user: TestClient, service: FakeService) -> None:
    service.queries.clear()


def asked(service: FakeService) -> list[tuple[float, float, float]]:
    return [(q.popularity, q.diversity, q.freshness) for q in service.queries]


def test_the_address_tunes_the_top_picks_and_nothing_else(
    user: TestClient, service: FakeService
) -> None:
    html = user.get(f"/?{TUNED}").text
    assert asked(service) == [(-0.5, 0.75, 0.25), (0, 0, 0), (0, 0, 0), (0, 0, 0)]
    assert re.search(r'name="popularity" min="-1" max="1" step="0.25" value="-0.5"', html)
    assert f'href="/for-you?{TUNED.replace("&", "&amp;")}"' in html


def test_a_slider_that_moved_swaps_the_row_and_the_address(
    user: TestClient, service: FakeService
) -> None:
    headers = {"HX-Request": "true", "HX-Trigger-Name": "diversity"}
    path = "/rows/picks?model=mlp&popularity=0&diversity=1&freshness=0"
    answer = user.get(path, headers=headers)
    assert answer.headers["hx-replace-url"] == "/?model=mlp&diversity=1.0"
    assert ">Top picks for you</h2>" in answer.text
    assert asked(service) == [(0, 1, 0)]
    assert "hx-replace-url" not in user.get(path).headers


def test_all_of_a_tuned_list_is_tuned_on_every_page(user: TestClient, service: FakeService) -> None:
    html = user.get("/for-you?popularity=1").text
    assert asked(service) == [(1, 0, 0)]
    assert 'href="/for-you?popularity=1.0&amp;page=2"' in html


@pytest.mark.parametrize("wish", ["popularity=2", "diversity=-0.1", "freshness=nan"])
def test_a_slider_has_ends(user: TestClient, wish: str) -> None:
    assert user.get(f"/?{wish}").status_code == 422
