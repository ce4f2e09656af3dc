"""Every page in both themes and three widths: accessible, within its window, and on record."""

from __future__ import annotations

from collections.abc import Iterator

import chromium
import pytest
from page_checks import PICTURES, SMALL_TARGETS, WIDTHS, check_page, violations
from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.tensorflow]

PAGES = {
    "visitor": "/",
    "welcome": "/welcome",
    "welcome-films": "/welcome/movies?q=part",
    "home": "/",
    "film": "/movie/2",
    "unrated": "/movie/80",
    "actions": "/movie/2/actions",
    "watchlist": "/watchlist",
    "user": "/user/2",
    "browse": "/browse",
    "genre": "/genre/Film-Noir",
    "nothing": "/browse?min_votes=100000&genres=Drama",
    "search": "/search?q=story",
    "search-empty": "/search?q=zzz",
    "chart": "/collection/top-rated",
    "for-you": "/for-you",
    "api": "/docs",
    "not-found": "/movie/99999",
    "invalid": "/browse?year_from=soon",
}


@pytest.fixture(scope="module", params=["dark", "light"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def window(browser: Browser, theme: str) -> Iterator[Page]:
    """A page that looks at everything in one theme, as nobody until it becomes a user."""
    context = browser.new_context(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_every_window(window: Page, site: str, name: str, theme: str) -> None:
    if name == "home":  # the pages before it are a visitor's
        chromium.browse_as_user(window, site)
    window.set_viewport_size({"width": WIDTHS[-1], "height": 900})
    window.goto(site + PAGES[name])
    chromium.settle(window)
    check_page(window, f"{name}-{theme}")


def test_how_a_list_was_made_in_every_window(browser: Browser, site: str, theme: str) -> None:
    window = browser.new_page(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    chromium.browse_as_user(window, site)
    window.goto(site)
    window.locator(".basis summary").press("Enter")
    for width in WIDTHS:
        window.set_viewport_size({"width": width, "height": 900})
        window.screenshot(path=PICTURES / f"basis-{theme}-{width}.png")
        assert window.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(window) == []
    window.keyboard.press("Escape")
    assert window.locator(".basis dl").is_hidden()
    window.context.close()


def test_the_dialog_and_the_toast_in_every_window(window: Page, site: str, theme: str) -> None:
    window.goto(site)
    window.locator(".acts a").first.press("Enter")
    window.locator(".panel[open]").wait_for()
    for width in WIDTHS:
        window.set_viewport_size({"width": width, "height": 900})
        window.screenshot(path=PICTURES / f"dialog-{theme}-{width}.png")
        assert window.evaluate("document.documentElement.scrollWidth") <= width
        assert window.evaluate(SMALL_TARGETS) == []
        assert violations(window) == []
    window.locator(".panel [value=hide]").click()
    window.get_by_role("button", name="Undo").wait_for()
    assert violations(window) == []
    window.screenshot(path=PICTURES / f"toast-{theme}.png")
    window.get_by_role("button", name="Undo").click()
    window.locator(".toast form").wait_for(state="detached")
