"""Saying where the site is, but only when somebody who goes there will see it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

_EVERY = 0.1  # seconds between two looks
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - reached, not bound


class ReadinessAnnouncer:
    """Calls `say` with the site's address once its readiness and its home page both answer."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._print = say
        self._stopped = threading.Event()
        self.url = ""

    def set_address(self, host: str, port: int) -> None:
        """The site will be on this port."""
        reached = _EVERYWHERE.get(host, host)
        self.url = f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"

    @contextmanager
    def when_ready(self) -> Iterator[None]:
        """Look again and again, in a thread, until the site can be seen or the block ends."""
        watcher = threading.Thread(target=self._watch, name="announce", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._stopped.set()
            watcher.join()

    def _watch(self) -> None:
        with httpx.Client(base_url=self.url, timeout=5, trust_env=False) as client:
            while not _is_reachable(client):
                if self._stopped.wait(_EVERY):
                    return
            self._print(self.url)


def _is_reachable(client: httpx.Client) -> bool:
    try:
        return all(client.get(path).status_code == 200 for path in ("/health/ready", "/"))
    except httpx.TransportError:  # nobody listens yet
        return False
