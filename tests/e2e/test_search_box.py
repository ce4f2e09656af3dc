"""The search box by keyboard alone, and what a mistyped search leads to."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.tensorflow]

with_script = pytest.mark.parametrize("script", [True], indirect=True, ids=["script"])


def typed(page: Page, site: str, text: str) -> tuple[Locator, Locator]:
    """The box, and the options for all of `text`: those for its beginning may come before."""
    page.goto(site)
    page.keyboard.press("/")
    box, options = page.get_by_role("combobox", name="Search films"), page.get_by_role("option")
    with page.expect_response(lambda answer: asked(answer.url) == text):
        page.keyboard.type(text)
    expect(box).not_to_have_class(re.compile("htmx-request"))  # until the options are swapped in
    expect(options.first).to_be_visible()
    return box, options


def asked(address: str) -> str:
    """What a request for options looks for."""
    return parse_qs(urlsplit(address).query).get("q", [""])[0]


def expect_active(box: Locator, option: Locator) -> None:
    """Screen readers are told of this option and of no other, while the box keeps the focus."""
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-activedescendant", option.get_attribute("id"))
    expect(option).to_have_attribute("aria-selected", "true")
    expect(option.page.locator("[role=option][aria-selected=true]")).to_have_count(1)


def expect_none_active(box: Locator) -> None:
    """No option is chosen."""
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile(""))
    expect(box.page.locator("[role=option][aria-selected=true]")).to_have_count(0)


@with_script
def test_arrows_walk_through_the_options_and_enter_opens_one(
    page: Page, site: str, script: bool
) -> None:
    box, options = typed(page, site, "part 1")
    expect_none_active(box)
    page.keyboard.press("ArrowDown")
    expect_active(box, options.nth(0))
    page.keyboard.press("ArrowDown")
    expect_active(box, options.nth(1))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect_active(box, options.last)
    address = options.last.get_attribute("data-href")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}{address}")


@with_script
def test_typing_on_forgets_what_was_chosen(page: Page, site: str, script: bool) -> None:
    box, options = typed(page, site, "part")
    page.keyboard.press("ArrowDown")
    expect_active(box, options.first)
    with page.expect_response("**/search/suggest*"):
        page.keyboard.type(" 1")
    expect_none_active(box)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/search?q=part+1")


@with_script
def test_escape_closes_the_list_then_empties_the_box(page: Page, site: str, script: bool) -> None:
    box, options = typed(page, site, "part 1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("part 1")
    expect_none_active(box)
    page.keyboard.press("Escape")
    expect(box).to_have_value("")


def test_a_mistyped_search_leads_to_what_was_meant(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_label("Search films by title").fill("funyn 3")
    page.get_by_label("Search films by title").press("Enter")
    page.get_by_role("link", name="funny 3", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Results for “funny 3”")
    expect(page.get_by_text("Did you mean")).to_have_count(0)


def test_a_search_without_a_hit_explains_how_to_search(page: Page, site: str) -> None:
    page.goto(f"{site}/search?q=zzzzzz")
    expect(page.get_by_text("No title has all of these words")).to_be_visible()
    page.get_by_role("link", name="y:1995", exact=True).click()
    expect(page).to_have_url(f"{site}/search?q=y:1995")
