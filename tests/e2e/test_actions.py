"""Rating, taking back, hiding and keeping, as a new user, with and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.tensorflow]


def card(page: Page, place: int) -> tuple[Locator, str]:
    """A card of the first row, and its film's title."""
    found = page.locator(".row").first.locator(".card").nth(place)
    return found, found.get_by_role("heading").inner_text()


def cards_of(page: Page, title: str) -> Locator:
    return page.locator(".card").filter(has=page.get_by_role("link", name=title, exact=True))


def rate(page: Page, film: Locator, stars: float, script: bool) -> None:
    """By a click on the star below the card; without JavaScript by a form of its own."""
    opener = film.get_by_role("link", name="Rate")
    if script:
        below = opener.locator(".stars")
        width = below.evaluate("stars => stars.getBoundingClientRect().width")
        below.click(position={"x": width * (stars - 0.25) / 5, "y": 9})
    else:
        opener.click()
        page.get_by_label(f"{stars} stars", exact=True).click()
        page.get_by_role("button", name="Save rating").click()


def said(page: Page, words: str) -> None:
    expect(page.get_by_role("status")).to_contain_text(words)


def test_a_film_is_rated_and_taken_back(page: Page, site: str, script: bool) -> None:
    page.goto(site)
    first, rated = card(page, 0)
    rate(page, first, 4, script)
    said(page, f"You rated {rated} ★4.")
    expect(page).to_have_url(f"{site}/")
    expect(page.get_by_role("link", name=re.compile(r"User \d+ 1 rating"))).to_be_visible()
    page.goto(site)
    expect(page.get_by_role("heading", name="For you", exact=True)).to_be_visible()
    expect(cards_of(page, rated)).to_have_count(0)

    second, other = card(page, 1)
    rate(page, second, 2.5, script)
    said(page, f"You rated {other} ★2.5.")
    page.get_by_role("button", name="Undo").click()
    said(page, "Undone.")
    page.goto(site)
    expect(cards_of(page, other).first).to_be_visible()

    page.get_by_role("link", name=re.compile(r"User \d+")).first.click()
    page.get_by_role("button", name=f"Delete {rated}").click()
    said(page, f"Your rating of {rated} was deleted.")
    page.get_by_role("button", name="Undo").click()
    said(page, "Undone.")
    expect(page.get_by_role("button", name=f"Delete {rated}")).to_be_visible()


def test_a_film_that_is_hidden_never_comes_again(page: Page, site: str) -> None:
    page.goto(site)
    film, title = card(page, 0)
    film.get_by_role("button", name="Not interested").click()
    said(page, f"We won't recommend {title} again.")
    for path in ("/", "/for-you"):
        page.goto(site + path)
        expect(page.locator(".card").first).to_be_visible()
        expect(cards_of(page, title)).to_have_count(0)


def test_a_film_is_kept_for_later_and_let_go(page: Page, site: str) -> None:
    page.goto(site)
    film, title = card(page, 2)
    film.get_by_role("button", name=f"{title} on your watchlist").click()
    said(page, f"Added {title} to your watchlist.")
    page.get_by_role("link", name="Watchlist", exact=True).click()
    keep = cards_of(page, title).get_by_role("button", name=f"{title} on your watchlist")
    expect(keep).to_have_attribute("aria-pressed", "true")
    keep.click()
    said(page, f"Removed {title} from your watchlist.")
    page.get_by_role("button", name="Undo").click()
    said(page, "Undone.")
    page.goto(f"{site}/")
    row = page.get_by_role("region", name="On your watchlist")
    expect(row.get_by_role("link", name=title, exact=True)).to_be_visible()
    page.goto(f"{site}/watchlist")
    keep.click()
    said(page, f"Removed {title} from your watchlist.")
    page.goto(f"{site}/watchlist")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()


@pytest.mark.parametrize("script", [True], indirect=True, ids=["script"])
def test_the_stars_below_a_card_follow_the_mouse(page: Page, site: str, script: bool) -> None:
    page.goto(site)
    film, _ = card(page, 0)
    stars = film.locator(".stars")
    stars.hover(position={"x": 65, "y": 9})
    shapes = stars.locator("use").evaluate_all("all => all.map(u => u.getAttribute('href'))")
    assert shapes == ["#star"] * 3 + ["#half-star", "#no-star"]
    page.mouse.move(0, 0)
    shapes = stars.locator("use").evaluate_all("all => all.map(u => u.getAttribute('href'))")
    assert shapes == ["#no-star"] * 5


@pytest.mark.parametrize("script", [True], indirect=True, ids=["script"])
def test_a_tap_opens_the_dialog(browser: Browser, site: str, script: bool) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(site)
    film, title = card(page, 0)
    film.locator(".acts a").tap()
    dialog = page.get_by_role("dialog", name=title)
    dialog.get_by_label("3.5 stars").tap()
    said(page, f"You rated {title} ★3.5.")
    expect(dialog).to_be_hidden()
    context.close()


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
    said(page, f"You rated {title} ★1.5.")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_sliders_tune_the_picks_and_stay_in_the_address(
    page: Page, site: str, script: bool
) -> None:
    page.goto(site)
    page.get_by_role("button", name=re.compile(r"User \d+")).first.click()
    slider = page.get_by_label("Hidden gems to Popular")
    slider.focus()
    page.keyboard.press("Home")
    if not script:
        page.get_by_role("button", name="Update").click()
    expect(page).to_have_url(re.compile(r"popularity=-1"))
    expect(page.get_by_role("region", name="Top picks for you").locator(".card")).to_have_count(6)
    page.reload()
    expect(slider).to_have_value("-1")
