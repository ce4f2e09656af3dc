"""How pages load in Chromium, and what the server takes to make them.

    PYTHONPATH=tests python benchmarks/pages.py [--site http://127.0.0.1:6010] [--user 1]

Starts `sparrow serve` on the release that serves, unless a running site is named (with
SPARROW_DEMO=1). Each page is opened twice by a browser that keeps what it may; the second time
counts: largest contentful paint, layout shift, and the page's weight with gzip. The server's time
is that of whole answers over HTTP, asked one after the other.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from urllib.parse import urlsplit

import chromium
import numpy as np
from page_load import KINDS, Visit
from playwright.sync_api import BrowserContext

PAGES = {
    "home, nobody": "/",
    "home, user": "/",
    "film": "/movie/50",
    "user": "/user/{user}",
    "browse": "/browse",
    "search": "/search?q=star",
    "chart": "/collection/top-rated",
    "for you": "/for-you",
    "watchlist": "/watchlist",
    "tastes": "/welcome",
    "API": "/docs",
}
WARM_UP, ANSWERS = 5, 60


@contextmanager
def server() -> Iterator[str]:
    """Address of a site of its own."""
    command = [sys.executable, "-m", "sparrow", "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | {"SPARROW_DEMO": "1"},
    ) as running:  # fmt: skip
        try:
            yield running.stdout.readline().strip()
        finally:
            running.terminate()


def become(visit: Visit, site: str, user: int) -> None:
    """Browse as a user of the data set."""
    visit.page.goto(site)
    visit.page.locator("#pick").fill(str(user))
    visit.page.locator("#pick").press("Enter")
    visit.page.get_by_role("heading", name="For you", exact=True).wait_for()


def answer_times(context: BrowserContext, site: str, path: str) -> np.ndarray:
    """Milliseconds of whole answers, to the browser's cookies."""
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in context.cookies())
    connection = http.client.HTTPConnection(urlsplit(site).netloc)
    times = []
    for _ in range(WARM_UP + ANSWERS):
        start = perf_counter()
        connection.request("GET", path, headers={"Cookie": cookies, "Accept": "text/html"})
        answer = connection.getresponse()
        answer.read()
        times.append(1000 * (perf_counter() - start))
        assert answer.status == 200, (path, answer.status)
    return np.array(times[WARM_UP:])


def measure(site: str, user: int) -> None:
    """Print one line a page."""
    print(f"{'page':<14}{'LCP ms':>8}{'CLS':>8}{'HTML':>7}{'CSS':>6}{'JS':>6}", end="")
    print(f"{'server p50':>12}{'p95 ms':>8}{'complaints':>12}")
    with chromium.browser() as browser:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        visit = Visit(context, site)
        for name, template in PAGES.items():
            if name == "home, user":
                become(visit, site, user)
            path = template.format(user=user)
            visit.load(path)
            load = visit.load(path)
            html, css, js = (load.sizes[kind] / 1024 for kind in KINDS)
            p50, p95 = np.percentile(answer_times(context, site, path), [50, 95])
            print(f"{name:<14}{load.paint:>8.0f}{load.shift:>8.3f}{html:>7.1f}{css:>6.1f}", end="")
            print(f"{js:>6.1f}{p50:>12.1f}{p95:>8.1f}{len(load.complaints):>12}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", help="a running site, instead of one of its own")
    parser.add_argument("--user", type=int, default=1)
    options = parser.parse_args()
    if options.site:
        measure(options.site.rstrip("/"), options.user)
    else:
        with server() as site:
            measure(site, options.user)


if __name__ == "__main__":
    main()
