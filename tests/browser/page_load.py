"""How a page loads, as the browser itself measures it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response

OBSERVE = """
window.vitals = {paint: 0, shift: 0};
const observe = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note))
    .observe({type, buffered: true});
observe("largest-contentful-paint", (entry) => { vitals.paint = entry.startTime; });
observe("layout-shift", (entry) => { vitals.shift += entry.hadRecentInput ? 0 : entry.value; });
"""
KINDS = ("document", "stylesheet", "script")


@dataclass(frozen=True)
class Load:
    """One page, loaded."""

    paint: float  # milliseconds until the largest thing in the window is painted (LCP)
    shift: float  # how much moved meanwhile (CLS)
    sizes: Mapping[str, int]  # bytes with gzip, by KINDS
    complaints: tuple[str, ...]  # of the console, and what was asked of other sites


class Visit:
    """A browser that loads pages of one site, and keeps what may be kept."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.page = context.new_page()
        self._site = site
        self._complaints: list[str] = []
        self._responses: list[Response] = []
        self.page.add_init_script(OBSERVE)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._complaints.append(str(error)))
        self.page.on("request", self._asked)
        self.page.on("response", lambda response: self._responses.append(response))

    def load(self, path: str) -> Load:
        """The page, when nothing is on its way any more and two frames are painted."""
        self._complaints.clear()
        self._responses.clear()
        self.page.goto(self._site + path)
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("() => new Promise((r) => requestAnimationFrame(() => setTimeout(r)))")
        seen = self.page.evaluate("vitals")
        return Load(seen["paint"], seen["shift"], self._sizes(), tuple(self._complaints))

    def _sizes(self) -> dict[str, int]:
        sizes = dict.fromkeys(KINDS, 0)
        for response in self._responses:
            if response.request.resource_type in sizes:
                sizes[response.request.resource_type] += len(gzip.compress(response.body()))
        return sizes

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complaints.append(message.text)

    def _asked(self, sent: Request) -> None:
        if not sent.url.startswith(f"{self._site}/"):
            self._complaints.append(f"asked {sent.url}")
