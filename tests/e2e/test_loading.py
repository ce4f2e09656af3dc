"""What every page weighs and moves while it loads, and that nobody complains."""

from __future__ import annotations

from collections.abc import Iterator

import chromium
import pytest
from page_load import Visit
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.tensorflow]

PAGES = (
    "/",
    "/movie/2",
    "/user/2",
    "/browse",
    "/genre/Film-Noir",
    "/search?q=story",
    "/collection/top-rated",
    "/for-you",
    "/watchlist",
    "/welcome",
    "/docs",
)
LIMITS = {"document": 60 * 1024, "stylesheet": 12 * 1024, "script": 25 * 1024}
MOST_SHIFT = 0.05


@pytest.fixture(scope="module", params=[390, 1440])
def visit(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A user's browser with nothing kept yet."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    visit = Visit(context, site)
    chromium.browse_as_user(visit.page, site)
    yield visit
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_stands_still(visit: Visit, path: str) -> None:
    load = visit.load(path)
    assert load.complaints == ()
    assert load.shift <= MOST_SHIFT
    assert load.paint > 0  # it was measured
    assert all(0 < load.sizes[kind] <= most for kind, most in LIMITS.items())


def test_a_visitors_first_page_stands_still(browser: Browser, site: str) -> None:
    context = browser.new_context()
    load = Visit(context, site).load("/")
    assert load.complaints == ()
    assert load.shift <= MOST_SHIFT
    context.close()
