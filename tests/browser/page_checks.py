"""What every page must look like in every window."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PICTURES = Path("artifacts/screenshots")
WIDTHS = (390, 768, 1440)
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input, select")]
    .filter(e => e.checkVisibility() && !e.closest(".skip, p"))
    .map(e => [e.closest("label") ?? e.closest(".card") ?? e, e])
    .map(([area, e]) => [area.getBoundingClientRect(), e.outerHTML])
    .filter(([r, _]) => r.width > 0 && (r.width < 24 || r.height < 24))
    .map(([r, html]) => `${r.width}x${r.height} ${html}`)"""


def check_page(page: Page, name: str) -> None:
    """Within its window, with targets to hit and nothing that axe finds; pictures are kept."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALL_TARGETS) == []
        if width != 768:  # has no layout that the others lack
            assert violations(page) == []


def violations(page: Page) -> list[str]:
    """What axe has against the page."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {node['html']}" for v in found for node in v["nodes"]]
