"""A running `sparrow serve`, as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ADMIN_TOKEN = "the administrator of the tests"
PATIENCE = 120  # seconds that a loaded machine may need to start


class Server:
    """A running `sparrow serve`, and what it said."""

    def __init__(self, data: Path, *options: str, **settings: str) -> None:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("SPARROW_")},
            "SPARROW_DATA_DIR": str(data),
            "SPARROW_DEMO": "1",
            **settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from sparrow.cli import main; main()", "serve", *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()

    def _read_log(self) -> None:
        assert self.process.stderr
        self.log.extend(self.process.stderr)

    def url(self) -> str:
        """The address that it prints when its first page can be opened."""
        assert self.process.stdout
        guard = threading.Timer(PATIENCE, self.process.kill)
        guard.start()
        line = self.process.stdout.readline().strip()
        guard.cancel()
        assert line.startswith("http://"), f"No address came: {line!r}\n{''.join(self.log)}"
        return line

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and say how it ended."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()
        return code


@contextmanager
def serving(data: Path, *options: str, **settings: str) -> Iterator[Server]:
    server = Server(data, "--host", "127.0.0.1", *options, **settings)
    try:
        yield server
    finally:
        server.stop()
