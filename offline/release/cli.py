"""Commands of releases: `sparrow publish|releases|activate|rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from sparrow.settings import Settings

if TYPE_CHECKING:
    from offline.runtime.step import RunContext

app = typer.Typer()

FORCE = typer.Option("--force", help="Publish even if the quality gate fails.")


@app.command()
def publish(force: Annotated[bool, FORCE] = False) -> None:
    """Make a release of the steps' results and activate it.

    Example: sparrow publish
    """
    from offline.runtime.step import run_context

    settings = Settings()
    with run_context(settings, Console()) as context:
        publish_candidate(context, force)


@app.command()
def releases() -> None:
    """List the stored releases; an arrow marks the active one.

    Example: sparrow releases
    """
    from offline.release.quality_gate import default_model_auc
    from sparrow.redis.connection import redis_client, redis_for
    from sparrow.release import active_release
    from sparrow.release.manifest import list_releases

    settings = Settings()
    with redis_for(settings) as url:
        client = redis_client(url)
        serving = active_release.current(client)
        client.close()
    table = Table("", "release", "data set", "model", "test AUC", "created")
    for manifest in reversed(list_releases(settings.releases)):
        table.add_row(
            "→" if manifest.id == serving else "",
            manifest.id,
            manifest.dataset["name"],
            manifest.default_model,
            f"{default_model_auc(manifest):.4f}",
            manifest.created_at,
        )
    Console().print(table)


@app.command()
def activate(release: Annotated[str, typer.Argument(help="Id of a stored release.")]) -> None:
    """Activate a stored release; servers switch to it within a second.

    Example: sparrow activate 20261124T071500-3f2a9c
    """
    from offline.release import publish as publishing
    from offline.runtime.step import run_context
    from sparrow.redis.connection import redis_for

    settings, console = Settings(), Console()
    with run_context(settings, console) as context, redis_for(settings) as url:
        publishing.activate(context, release, url)
    console.print(f"{release} is active.")


@app.command()
def rollback() -> None:
    """Activate the previously active release again.

    Example: sparrow rollback
    """
    from sparrow.redis.connection import redis_client, redis_for
    from sparrow.release import active_release

    with redis_for(Settings()) as url:
        client = redis_client(url)
        previous, active = active_release.rollback(client)
        client.close()
    Console().print(f"{active} is active again instead of {previous}.")


def publish_candidate(context: RunContext, force: bool) -> None:
    """Publishes the release that the steps' results make."""
    from offline.release import publish as publishing
    from offline.release.candidate import candidate
    from sparrow.redis.connection import redis_for

    with redis_for(context.settings) as url:
        publishing.publish(context, candidate(context), url, force)
