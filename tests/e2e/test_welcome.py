"""A newcomer's first minute by keyboard alone, with and without JavaScript."""

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


@pytest.mark.parametrize(("genre", "parity"), [("Film-Noir", 1), ("Comedy", 0)])
def test_tastes_are_told_by_keyboard_and_home_is_different_at_once(
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
    go_to(page, page.get_by_role("button", name="These are my tastes"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Have you seen these?")
    asked = page.get_by_role("group").filter(has=page.get_by_role("radio"))
    expect(asked).to_have_count(5)
    go_to(page, asked.first.get_by_label("0.5 stars"))
    page.keyboard.press("ArrowLeft")  # round to the end
    expect(asked.first.get_by_label("5 stars", exact=True)).to_be_checked()
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{site}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("For you")
    expect(page.locator(".head p")).to_contain_text("from 1 rating")
    after = films(page)
    assert after != before
    assert all(film % 2 == parity for film in after)


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
    page.get_by_role("button", name="These are my tastes").click()
    expect(page.get_by_role("alert")).to_have_text("You shared 7 points: share 1 to 6.")
    expect(page.get_by_label("4 points").first).to_be_checked()
