"""The administrator's pages in Chromium: signing in, what buttons do, and how each page looks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import chromium
import pytest
from page_checks import check_page
from playwright.sync_api import Browser, Page, expect
from serve_process import ADMIN_TOKEN

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.tensorflow]

PAGES = {
    "admin": "/admin",
    "admin-statistics": "/admin/statistics",
    "admin-experiments": "/admin/experiments",
    "admin-compare": "/admin/compare?user_id=2&a=home/taste&b=home/signal:popularity",
    "admin-releases": "/admin/releases",
    "admin-quality": "/admin/quality",
}


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/admin")
    page.get_by_label("Token").fill(ADMIN_TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Monitoring")


def draft(page: Page, site: str, name: str) -> None:
    """An experiment that has no users, so that no other test meets it."""
    page.goto(f"{site}/admin/experiments")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Percent of all users").last.fill("0")
    variant = page.get_by_role("group", name="Treatment")
    variant.get_by_label("Model").select_option("signal:popularity")
    page.get_by_role("button", name="Create draft").click()


def test_an_administrators_visit(page: Page, site: str, script: bool) -> None:
    sign_in(page, site)
    page.get_by_role("link", name="Statistics").click()
    expect(page.get_by_role("group", name="Ratings per day")).to_be_visible()
    page.get_by_text("Show the numbers").first.click()
    expect(page.get_by_role("table", name="Ratings per day")).to_be_visible()

    name = f"visit-{'with' if script else 'without'}"
    draft(page, site, name)
    mine = page.get_by_role("region", name=name)
    expect(mine.get_by_text("draft")).to_be_visible()
    mine.get_by_role("button", name=f"Start {name}").click()
    expect(mine.get_by_text("running")).to_be_visible()
    mine.get_by_role("button", name=f"Stop {name}").click()
    expect(mine.get_by_text("stopped")).to_be_visible()
    mine.get_by_role("button", name=f"Delete {name}").click()
    expect(mine).to_have_count(0)

    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_label("User").fill("2")
    page.locator("select[name=b]").select_option("home/signal:popularity")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="B: home/signal:popularity")).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+ films? (is|are) in both lists"))).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{site}/")
    page.goto(f"{site}/admin/releases")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.fixture(scope="module", params=["dark", "light"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def window(browser: Browser, site: str, theme: str) -> Iterator[Page]:
    """The administrator's browser in one theme, with an experiment to look at."""
    context = browser.new_context(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    look_at_form(page, site, theme)
    sign_in(page, site)
    draft(page, site, f"look-{theme}")
    page.get_by_role("button", name=f"Start look-{theme}").click()
    yield page
    context.close()


def look_at_form(page: Page, site: str, theme: str) -> None:
    page.goto(f"{site}/admin")
    check_page(page, f"admin-sign-in-{theme}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_every_window(window: Page, site: str, name: str, theme: str) -> None:
    window.goto(site + PAGES[name])
    for details in window.locator("main details").all():
        details.evaluate("element => element.open = true")
    chromium.settle(window)
    check_page(window, f"{name}-{theme}")
