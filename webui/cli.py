"""`sparrow serve`."""

from __future__ import annotations

import logging
from typing import Annotated, Any

import typer

from sparrow.redis.connection import prestart_redis
from sparrow.settings import Settings
from sparrow.system.json_log import configure_logging

app = typer.Typer()


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind to.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that answer requests.")] = None,
    scorer: Annotated[
        str | None,
        typer.Option(help="`savedmodel`, `embedding` (no TensorFlow), or `tfserving://host:port`."),
    ] = None,
) -> None:
    """Serve the pages and the API of the active release.

    What is not given comes from the environment (SPARROW_HOST, SPARROW_PORT, …). The address is
    printed when the first page can be opened; Ctrl-C ends in order.

    Example: sparrow serve --port 8080 --workers 2
    """
    given: dict[str, Any] = {"host": host, "port": port, "workers": workers, "scorer": scorer}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_level)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the announcer's own looks
    with prestart_redis(settings):  # it reads its data while the server is imported
        from webui.readiness_announcer import ReadinessAnnouncer
        from webui.server import serve as run

        run(settings, ReadinessAnnouncer(typer.echo))
