"""Commands of the online house: `sparrow recommend`, `sparrow off-policy`, `sparrow keys`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from online.api.auth.cli import app as keys_app
from online.types import BanditName

BatchMoment = Literal["end", "last-event"]

app = typer.Typer()
app.add_typer(keys_app, name="keys")


def _list_sources(wanted: bool) -> None:
    if not wanted:
        return
    from online.batch.single_source import source_names
    from sparrow.redis.connection import redis_client, redis_for
    from sparrow.release import active_release
    from sparrow.settings import Settings

    with redis_for(Settings()) as url:
        client = redis_client(url)
        manifest = active_release.manifest(client)
        client.close()
    known = source_names(manifest.embeddings if manifest else ())
    typer.echo("\n".join(source.name for source in known))
    raise typer.Exit


@app.command()
def recommend(
    out: Annotated[Path, typer.Option("--out", help="File to write: .csv or .parquet.")],
    users: Annotated[
        str,
        typer.Option(
            "--users", help="`all`, or a file: one id a line, or a column user_id (CSV, Parquet)."
        ),
    ] = "all",
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=1000, help="Movies for each user.")
    ] = 20,
    model: Annotated[
        str | None, typer.Option("--model", help="Ranking; the release's default if unset.")
    ] = None,
    flow: Annotated[str, typer.Option("--flow", help="Which flow makes the lists.")] = "home",
    movie_id: Annotated[
        int | None,
        typer.Option("--movie-id", min=0, help="What the flows because and similar start from."),
    ] = None,
    genre: Annotated[
        str | None, typer.Option("--genre", help="Movies of this genre; the flow genre needs it.")
    ] = None,
    diversity: Annotated[
        float, typer.Option("--diversity", min=0, max=1, help="How little alike; 0 is neutral.")
    ] = 0.0,
    popularity: Annotated[
        float,
        typer.Option("--popularity", min=-1, max=1, help="−1 obscure … 1 well known."),
    ] = 0.0,
    freshness: Annotated[
        float, typer.Option("--freshness", min=0, max=1, help="How recent; 0 is neutral.")
    ] = 0.0,
    at: Annotated[
        BatchMoment,
        typer.Option(
            "--at",
            help="When the lists are made: at the end of what the release knows, or right after "
            "the last event of each user.",
        ),
    ] = "end",
    source: Annotated[
        str | None,
        typer.Option("--source", help="A recall source alone: its own order, nothing filled up."),
    ] = None,
    _: Annotated[
        bool,
        typer.Option(
            "--list-sources",
            callback=_list_sources,
            is_eager=True,
            help="Print the recall channels of the release that serves, one a line, and exit.",
        ),
    ] = False,
) -> None:
    """Recommend unseen movies to many users (columns user_id, movie_id, rank, score).

    Example: sparrow recommend --users all --limit 20 --out recs.csv

    Example: sparrow recommend --flow genre --genre Comedy --out comedies.csv
    """
    from rich.console import Console

    from online.batch.recommend_command import BatchOptions
    from online.batch.recommend_command import recommend as run
    from online.types import Query
    from sparrow.settings import Settings

    query = Query(
        None, limit, flow=flow, model=model, movie_id=movie_id, genre=genre,
        diversity=diversity, popularity=popularity, freshness=freshness, moment=at,
    )  # fmt: skip
    run(Settings(), BatchOptions(users, out, query, source), Console(stderr=True))


@app.command("off-policy")
def off_policy(
    flow: Annotated[str, typer.Option("--flow", help="The flow in question.")],
    model: Annotated[
        str | None, typer.Option("--model", help="Its ranking; the release's default if unset.")
    ] = None,
    bandit: Annotated[
        BanditName | None,
        typer.Option("--bandit", help="What explores in it; SPARROW_EXPLORATION_POLICY if unset."),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--logged-flow", help="Read the lists of this flow alone.")
    ] = None,
    lists: Annotated[int, typer.Option("--limit", min=1, help="The limit so many.")] = 2000,
    click_window: Annotated[
        float, typer.Option("--click-window", min=1, help="Minutes in which a click counts.")
    ] = 60.0,
    clip: Annotated[
        float | None,
        typer.Option("--clip", min=1, help="Largest weight: less variance, and a bias; none."),
    ] = None,
) -> None:
    """Estimate from the log of served lists what another flow, model or bandit would have earned.

    IPS, SNIPS, doubly robust and replay, with intervals over users, for the places that were
    drawn by a logged chance. Lists of the release that serves count.

    Example: sparrow off-policy --flow discover --bandit linucb
    """
    from math import inf

    from rich.console import Console

    from online.experiments.off_policy.off_policy_command import off_policy as run
    from online.experiments.off_policy.policy_value import OpeQuery
    from sparrow.settings import Settings

    wanted = OpeQuery(
        flow,
        model,
        bandit,
        by,
        lists,
        click_window=60 * click_window,
        clip=inf if clip is None else clip,
    )
    run(Settings(), wanted, Console())
