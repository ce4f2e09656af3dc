"""Rating, taking back, hiding and keeping, as a new viewer, with and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.tensorflow]


def card(page: Page, place: int) -> tuple[Locator, str]:
    """A card of the first row, and its film's title."""
    found = page.locator(".row").first.locator(".card").nth(place)
    return found, found.get_by_role("heading").inner_text()


def cards_of(page: Page, title: str) -> Locator:
    return page.locator(".card").filter(has=page.get_by_role("link", name=title, exact=True))


def rate(page: Page, film: Locator, stars: int, script: bool) -> None:
    """By a click on a star; without JavaScript by the form's button."""
    film.get_by_role("link", name="Rate").click()
    page.get_by_label(f"{stars} stars", exact=True).click()
    if not script:
        page.get_by_role("button", name="Rate it").click()


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("status")).to_contain_text(words)


def test_a_film_is_rated_and_taken_back(page: Page, site: str, script: bool) -> None:
    page.goto(site)
    first, rated = card(page, 0)
    rate(page, first, 4, script)
    said(page, f"You gave {rated} 4 stars.")
    expect(page).to_have_url(f"{site}/")
    expect(page.get_by_role("link", name=re.compile(r"User \d+ 1 rating"))).to_be_visible()
    page.goto(site)
    expect(page.get_by_role("heading", name="For you", exact=True)).to_be_visible()
    expect(cards_of(page, rated)).to_have_count(0)

    second, other = card(page, 1)
    rate(page, second, 2, script)
    said(page, f"You gave {other} 2 stars.")
    page.get_by_role("button", name="Undo").click()
    said(page, f"Taken back: {other} is as it was.")
    page.goto(site)
    expect(cards_of(page, other).first).to_be_visible()

    page.get_by_role("link", name=re.compile(r"User \d+")).first.click()
    page.get_by_role("button", name=f"Delete {rated}").click()
    said(page, f"Your rating of {rated} is deleted.")
    page.get_by_role("button", name="Undo").click()
    said(page, f"Taken back: {rated} is as it was.")
    expect(page.get_by_role("button", name=f"Delete {rated}")).to_be_visible()


def test_a_film_that_is_hidden_never_comes_again(page: Page, site: str) -> None:
    page.goto(site)
    film, title = card(page, 0)
    film.get_by_role("button", name="Not interested").click()
    said(page, f"You will not be shown {title} again.")
    for path in ("/", "/for-you"):
        page.goto(site + path)
        expect(page.locator(".card").first).to_be_visible()
        expect(cards_of(page, title)).to_have_count(0)


def test_a_film_is_kept_for_later_and_let_go(page: Page, site: str) -> None:
    page.goto(site)
    film, title = card(page, 2)
    film.get_by_role("button", name=f"{title} on the watchlist").click()
    said(page, f"{title} is on your watchlist.")
    page.get_by_role("link", name="Watchlist", exact=True).click()
    keep = cards_of(page, title).get_by_role("button", name=f"{title} on the watchlist")
    expect(keep).to_have_attribute("aria-pressed", "true")
    keep.click()
    said(page, f"{title} is off your watchlist.")
    page.get_by_role("button", name="Undo").click()
    said(page, f"Taken back: {title} is as it was.")
    page.goto(f"{site}/")
    row = page.get_by_role("region", name="On your watchlist")
    expect(row.get_by_role("link", name=title, exact=True)).to_be_visible()
    page.goto(f"{site}/watchlist")
    keep.click()
    said(page, f"{title} is off your watchlist.")
    page.goto(f"{site}/watchlist")
    expect(page.get_by_text("Nothing is on it yet")).to_be_visible()


@pytest.mark.parametrize("script", [True], indirect=True, ids=["script"])
def test_the_keyboard_rates_and_stays_where_it_was(page: Page, site: str, script: bool) -> None:
    page.goto(site)
    film, title = card(page, 1)
    opener = film.locator(".acts a")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=title)
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_label("0.5 stars").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_label("1.5 stars")).to_be_checked()
    page.keyboard.press("Enter")
    said(page, f"You gave {title} 1.5 stars.")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_sliders_tune_the_picks_and_stay_in_the_address(
    page: Page, site: str, script: bool
) -> None:
    page.goto(site)
    page.get_by_role("button", name=re.compile(r"Viewer \d+")).first.click()
    slider = page.get_by_label("Obscure to Popular")
    slider.focus()
    page.keyboard.press("Home")
    if not script:
        page.get_by_role("button", name="Rank").click()
    expect(page).to_have_url(re.compile(r"popularity=-1"))
    expect(page.get_by_role("region", name="Top picks for you").locator(".card")).to_have_count(6)
    page.reload()
    expect(slider).to_have_value("-1")
