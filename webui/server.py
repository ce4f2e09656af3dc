"""Running the site: one process or several, a port that is really free, an orderly end."""

from __future__ import annotations

import errno
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from sparrow.errors import ConfigurationError
from sparrow.settings import Settings
from webui.app import create_app
from webui.readiness_announcer import ReadinessAnnouncer

_WAITING = 2048  # connections that the system keeps until they are accepted
_STOP_SECONDS = 10  # that requests have to end in when the server stops
_IDLE_SECONDS = 75  # longer than clients keep connections: who closes first may cut off a request


def serve(settings: Settings, announcer: ReadinessAnnouncer) -> None:
    """Serve until SIGINT or SIGTERM; `announcer` is made when the first page can be opened.

    Raises ConfigurationError when the port is taken, and whatever starting the site raises.
    """
    with bound_socket(settings.host, settings.port) as listener:
        announcer.set_address(settings.host, listener.getsockname()[1])
        if settings.workers == 1:
            uvloop.run(_serve_here(settings, listener, announcer))
        else:
            _serve_in_workers(settings, listener, announcer)


async def _serve_here(
    settings: Settings, listener: socket.socket, announcer: ReadinessAnnouncer
) -> None:
    app = create_app(settings)
    async with app.router.lifespan_context(app):  # here, so that its errors come out as they are
        with announcer.when_ready(), _signals_left_to_uvicorn():
            await uvicorn.Server(_config(app, lifespan="off")).serve([listener])


def _serve_in_workers(
    settings: Settings, listener: socket.socket, announcer: ReadinessAnnouncer
) -> None:
    """Processes that all accept from one socket; one that dies is started again.

    The site is started once here first, without a model: what cannot start would be restarted for
    ever, and nobody would be told why.
    """
    uvloop.run(_start_and_stop(create_app(settings.model_copy(update={"scorer": "embedding"}))))
    os.environ.update(environment(settings))
    factory = "webui.app:create_app_from_environment"
    config = _config(factory, factory=True, workers=settings.workers)
    with announcer.when_ready():
        Multiprocess(config, [listener]).run()


def _config(app: FastAPI | str, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
        timeout_keep_alive=_IDLE_SECONDS,
        **more,
    )


async def _start_and_stop(app: FastAPI) -> None:
    async with app.router.lifespan_context(app):
        pass


def environment(settings: Settings) -> dict[str, str]:
    """What the command line may have changed, as the variables that workers read."""
    return {
        "SPARROW_HOST": settings.host,
        "SPARROW_PORT": str(settings.port),
        "SPARROW_WORKERS": str(settings.workers),
        "SPARROW_SCORER": settings.scorer,
    }


@contextmanager
def bound_socket(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket that owns the port; 0 takes any free one.

    It listens at once: a port that is bound alone can be bound by another server as well, and
    neither would be told before its model is loaded. Who connects early waits for the answer.

    Raises ConfigurationError when the port is taken or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(_WAITING)
        except OSError as error:
            raise ConfigurationError(_bind_error(host, port, error)) from error
        listener.set_inheritable(True)
        yield listener


def _bind_error(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is in use on {host}: stop that program or set SPARROW_PORT to another "
            "port."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} may not be opened by this user: set SPARROW_PORT to one above 1023."
    return f"Expected an address of this machine as SPARROW_HOST, got {host} ({error.strerror})."


@contextmanager
def _signals_left_to_uvicorn() -> Iterator[None]:
    """Let uvicorn alone react to signals.

    It raises them once more when it has stopped, which would end the process before the site has
    closed what it holds.
    """

    def nothing(_number: int, _frame: FrameType | None) -> None:
        """Uvicorn has done it."""

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, nothing) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
