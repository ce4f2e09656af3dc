"""A newcomer's first minutes, with and without JavaScript, also by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.redis, pytest.mark.tensorflow]


def go_to(page: Page, wanted: Locator, most: int = 40) -> None:
    """Press Tab until `wanted` has the focus, which must then be in sight."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("e => e === document.activeElement"):
            expect(wanted).to_be_in_viewport()
            return
    pytest.fail(f"{most} times Tab do not lead to {wanted}")


def films(page: Page) -> list[int]:
    """Ids of the first row's films."""
    links = page.locator(".row").first.get_by_role("heading", level=3).get_by_role("link")
    found = links.evaluate_all("all => all.map(a => a.getAttribute('href'))")
    return [int(address.rpartition("/")[2]) for address in found]


def taste(page: Page, genre: str) -> Locator:
    return page.get_by_role("group", name=re.compile(genre)).first


def asked(page: Page) -> Locator:
    """The films that are offered for rating."""
    return page.get_by_role("group").filter(has=page.get_by_role("radio"))


@pytest.mark.parametrize(("genre", "parity"), [("Film-Noir", 1), ("Comedy", 0)])
def test_tastes_and_a_rating_by_keyboard_make_home_different_at_once(
    page: Page, site: str, script: bool, genre: str, parity: int
) -> None:
    page.goto(site)
    before = films(page)
    go_to(page, page.get_by_role("link", name="Pick your tastes"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pick your tastes")

    go_to(page, taste(page, genre).get_by_label("0 points"))
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(taste(page, genre).get_by_label("6 points")).to_be_checked()
    if script:
        expect(page.locator("#left")).to_have_text("Points left: 0")
    go_to(page, page.get_by_role("button", name="Continue"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Films you know")
    expect(asked(page)).to_have_count(3)
    go_to(page, asked(page).first.get_by_label("0.5 stars"))
    page.keyboard.press("ArrowLeft")  # round to the end
    expect(asked(page).first.get_by_label("5 stars", exact=True)).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 10 rated")).to_be_visible()
    expect(asked(page)).to_have_count(3)
    go_to(page, page.get_by_role("link", name="See your picks"))
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{site}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("For you")
    expect(page.locator(".head p")).to_contain_text("Based on your 1 rating")
    after = films(page)
    assert after != before
    assert all(film % 2 == parity for film in after)


def test_a_film_is_loved_by_its_title(page: Page, site: str, script: bool) -> None:
    page.goto(f"{site}/welcome/movies")
    box = page.locator("#love")
    box.focus()
    page.keyboard.type("part 12")
    if script:
        option = page.locator("#love-list [role=option]").first
        expect(option).to_contain_text("Part 12")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(box).to_be_focused()
        expect(box).to_have_value("")
    else:
        page.keyboard.press("Enter")
        page.get_by_role("button", name=re.compile("I love it.*Part 12")).click()
    expect(page.get_by_role("status").filter(has_text="★5")).to_contain_text("Part 12")
    rated = page.get_by_role("region", name="Your ratings")
    expect(rated.get_by_role("link", name="Part 12")).to_be_visible()
    expect(page.get_by_role("region", name="Top picks for you")).to_be_visible()


def test_who_comes_back_goes_on_where_they_stopped(page: Page, site: str, script: bool) -> None:
    page.goto(f"{site}/welcome/movies")
    names = asked(page).get_by_role("heading", level=3)
    first = names.all_inner_texts()
    asked(page).first.get_by_role("button", name="Haven't seen it").click()
    expect(names.first).to_have_text(first[1])
    assert first[0] not in names.all_inner_texts()
    if script:  # a star that is clicked rates at once
        asked(page).first.get_by_label("4 stars", exact=True).check(force=True)
    else:
        asked(page).first.get_by_label("4 stars", exact=True).check(force=True)
        page.get_by_role("button", name="Show others").click()
    expect(page.get_by_text("1 of 10 rated")).to_be_visible()

    page.goto(site)
    page.get_by_role("link", name="Rate films").click()
    expect(page.get_by_text("1 of 10 rated")).to_be_visible()
    expect(page.get_by_role("region", name="Your ratings").get_by_role("listitem")).to_have_count(1)
    assert not set(first[:2]) & set(names.all_inner_texts())


def test_no_points_and_too_many_are_said(
    page: Page, site: str, script: bool, refusals: list[int]
) -> None:
    page.goto(f"{site}/welcome")
    if script:  # what cannot be given cannot be chosen
        page.get_by_label("4 points").first.check(force=True)
        expect(page.get_by_label("3 points").nth(1)).to_be_disabled()
        expect(page.get_by_label("2 points").nth(1)).to_be_enabled()
        return
    refusals.append(422)
    page.get_by_label("4 points").first.check(force=True)
    page.get_by_label("3 points").nth(1).check(force=True)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_have_text("You gave 7 points. Give at most 6.")
    expect(page.get_by_label("4 points").first).to_be_checked()
