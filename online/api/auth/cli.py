"""Commands `sparrow keys …`: who may use the API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from online.api.auth.api_key import KeyScope

if TYPE_CHECKING:
    from online.api.auth.key_store import KeyStore

T = TypeVar("T")
app = typer.Typer(help="Make, list and revoke keys of the API (SPARROW_AUTH=keys).")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    scope: Annotated[
        list[KeyScope], typer.Option("--scope", help="What it is good for; may be repeated.")
    ] = [KeyScope.READ],  # noqa: B006 - typer copies it
    per_minute: Annotated[
        int, typer.Option("--per-minute", min=1, help="Requests a minute, of each server process.")
    ] = 600,
) -> None:
    """Print a new key; it cannot be shown again.

    Example: sparrow keys create shop --scope read --scope events
    """
    typer.echo(_with_store(lambda store: store.create(name, scope, per_minute)))


@app.command("list")
def list_keys() -> None:
    """Print id, scopes, limit and name of every key."""
    found = _with_store(lambda store: store.all())
    for key in sorted(found.values(), key=lambda key: key.created_at):
        typer.echo(f"{key.id}\t{','.join(sorted(key.subsets))}\t{key.per_minute}/min\t{key.name}")


@app.command()
def revoke(id_: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")]) -> None:
    """Let a key open nothing any more; servers know within a second."""
    _with_store(lambda store: store.revoke(id_))
    typer.echo(f"Revoked {id_}.")


def _with_store(act: Callable[[KeyStore], Awaitable[T]]) -> T:
    from online.api.auth.key_store import KeyStore
    from sparrow.redis.connection import async_redis_client, redis_for
    from sparrow.settings import Settings

    async def run(url: str) -> T:
        redis = async_redis_client(url)
        try:
            return await act(KeyStore(redis))
        finally:
            await redis.aclose()

    with redis_for(Settings()) as url:
        return asyncio.run(run(url))
