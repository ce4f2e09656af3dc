"""A real headless Chromium, and pictures of the site taken with it.

    python tests/browser/chromium.py http://127.0.0.1:6010 docs/screenshots

takes the README's pictures of a running site (SPARROW_DEMO=1).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
README = {
    "home": ("/", 1440, "dark"),
    "movie": ("/movie/{film}", 1440, "dark"),
    "user": ("/user/{user}", 1440, "light"),
    "browse": ("/browse?genres=Sci-Fi&min_votes=20&sort=rating", 1440, "dark"),
    "phone": ("/", 390, "dark"),
    "welcome": ("/welcome", 1440, "dark"),
}


def executable() -> str:
    """The Chromium of SPARROW_CHROMIUM or of the machine; FileNotFoundError says what to do."""
    given = os.environ.get("SPARROW_CHROMIUM")
    found = given or next((path for name in NAMES if (path := shutil.which(name))), None)
    if not found or not Path(found).exists():
        raise FileNotFoundError(
            f"Expected a Chromium for the browser tests, found {found or 'none'}: install the "
            "package `chromium`, or set SPARROW_CHROMIUM to the program."
        )
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium with a fresh profile."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        yield chromium
        chromium.close()


def browse_as_user(page: Page, site: str) -> int:
    """Browse as the first user that the home page offers."""
    page.goto(site)
    first = page.locator("button[name=user_id]").first
    user = int(first.get_attribute("value") or "")
    first.click()
    page.wait_for_url(f"{site}/")
    return user


def settle(page: Page) -> None:
    """Wait until every poster in the window is there."""
    page.wait_for_load_state("networkidle")


def take_readme_pictures(site: str, folder: Path) -> None:
    """One file each of README, as seen by the first demo user."""
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        for name, (path, width, theme) in README.items():
            context = chromium.new_context(
                viewport={"width": width, "height": 1000 if width > 500 else 844},
                color_scheme=theme,  # type: ignore[arg-type]
                device_scale_factor=2 if width < 500 else 1,
            )
            page = context.new_page()
            user = browse_as_user(page, site)
            film = page.locator(".card a").first.get_attribute("href") or ""
            page.goto(site + path.format(user=user, film=film.rpartition("/")[2]))
            settle(page)
            page.screenshot(path=folder / f"{name}.png")
            context.close()


if __name__ == "__main__":
    take_readme_pictures(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
