"""The whole site as a visitor meets it: `sparrow serve`, Redis, a release, and Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import chromium
import pytest
import release_world
from imported_dataset import import_small
from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from serve_process import ADMIN_TOKEN, serving

from sparrow.redis.connection import redis_for
from sparrow.settings import Settings

REFUSED = "Failed to load resource: the server responded with a status of"


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a published release, and its Redis for as long as the tests run."""
    folder = tmp_path_factory.mktemp("data")
    settings = Settings(data_dir=folder, _env_file=None)
    release = release_world.build_release(settings.releases)
    import_small(settings)
    with redis_for(settings) as url:
        release_world.publish(release, url)
        yield folder


@pytest.fixture(scope="session")
def site(data: Path) -> Iterator[str]:
    """Address of the site."""
    with serving(data, "--port", "0", SPARROW_ADMIN_TOKEN=ADMIN_TOKEN) as server:
        yield server.url()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; a machine without one fails, since nobody would notice tests that never run.

    Closed behind each file: Playwright keeps an event loop running in the thread of the tests.
    """
    with chromium.browser() as opened:
        yield opened


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def script(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs JavaScript."""
    return bool(request.param)


@pytest.fixture
def refusals() -> list[int]:
    """Statuses that a test means to be refused with: Chromium complains of each such page."""
    return []


@pytest.fixture
def page(browser: Browser, site: str, script: bool, refusals: list[int]) -> Iterator[Page]:
    """A page that must neither complain nor ask anything of another site."""
    context = browser.new_context(java_script_enabled=script)
    complaints: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def asked(sent: Request) -> None:
        if not sent.url.startswith(f"{site}/"):
            complaints.append(f"asked {sent.url}")

    page = context.new_page()
    page.on("console", console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", asked)
    yield page
    context.close()
    meant = tuple(f"{REFUSED} {status} " for status in refusals)
    assert [each for each in complaints if not each.startswith(meant)] == []
