"""A visit from the first page to the last, with and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.tensorflow]


def test_a_visit(page: Page, site: str, script: bool) -> None:
    page.goto(site)
    expect(page.get_by_role("heading", level=1)).to_have_text("Films worth your evening")
    expect(page.get_by_role("heading", name="Popular")).to_be_visible()

    page.get_by_role("button", name=re.compile(r"User \d+")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("For you")
    expect(page.locator(".head p")).to_have_text("Based on your 16 ratings")
    about = page.locator(".basis")
    expect(about.get_by_text("Model")).to_be_hidden()
    about.locator("summary").press("Enter")
    expect(about.get_by_text("Model")).to_be_visible()
    assert (about.locator("summary").bounding_box() or {}).get("height", 0) >= 44
    top = page.get_by_role("region", name="Top picks for you")
    expect(top.get_by_role("listitem").filter(has=page.get_by_role("heading"))).to_have_count(6)

    film = top.get_by_role("link").nth(1)
    title = film.inner_text()
    film.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)

    page.get_by_role("link", name="Same kind of film").click()
    expect(page).to_have_url(re.compile(r"by=content"))
    neighbour = (
        page.get_by_role("region", name="Similar films").get_by_role("heading", level=3).first
    )
    other = neighbour.inner_text()
    neighbour.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(other)

    page.get_by_role("link", name=re.compile(r"User \d+")).first.click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.get_by_role("region", name="History").get_by_role("row")).to_have_count(17)

    page.get_by_role("link", name="Browse", exact=True).click()
    page.get_by_label("Film-Noir").check()
    page.get_by_label("Sort").select_option("year")
    page.get_by_role("button", name="Show films").click()
    expect(page.locator(".head p")).to_have_text("40 films")
    page.get_by_role("link", name="More films").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    expect(page).to_have_url(re.compile(r"page=2"))
    expect(page.locator(".grid .card")).to_have_count(40 if script else 16)

    page.get_by_label("Search films by title").fill(title)
    page.get_by_label("Search films by title").press("Enter")
    expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()

    page.get_by_role("link", name="Sparrow").click()
    page.get_by_text("Switch profile").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Films worth your evening")


def test_picks_are_of_the_users_own_parity(page: Page, site: str) -> None:
    """In the checkerboard world even users love comedies, odd ones film-noir."""
    page.goto(site)
    page.get_by_label("or user number").fill("2")
    page.get_by_role("button", name="Browse as").click()
    films = page.get_by_role("region", name="Top picks for you").get_by_role("heading", level=3)
    expect(films).to_have_count(6)  # the click only began to fetch the page
    links = films.get_by_role("link").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert len(links) == 6
    assert all(int(link.rpartition("/")[2]) % 2 == 0 for link in links)


def test_the_keyboard_reaches_the_films(page: Page, site: str) -> None:
    page.goto(site)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Pick your tastes")).to_be_focused()


def test_theme_and_language_are_chosen_once(page: Page, site: str) -> None:
    page.goto(f"{site}/browse?sort=year")
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("浏览")
    expect(page).to_have_url(f"{site}/browse?sort=year")
    for name, colour in (("浅色", "rgb(250, 248, 244)"), ("深色", "rgb(15, 17, 21)")):
        page.get_by_role("button", name=name).click()
        expect(page.locator("body")).to_have_css("background-color", colour)


@pytest.mark.parametrize("script", [True], indirect=True, ids=["script"])
def test_nothing_jumps_while_a_page_loads(page: Page, site: str, script: bool) -> None:
    page.add_init_script(
        """window.shifted = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((e) => shifted += e.value))
            .observe({ type: "layout-shift", buffered: true });"""
    )
    for path in ("/", "/movie/2", "/user/2", "/browse"):
        page.goto(site + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("shifted") <= 0.05
