"""Commands of the online house: `sparrow recommend`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


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
        int, typer.Option("--limit", min=1, max=1000, help="Movies for each viewer.")
    ] = 20,
    model: Annotated[
        str | None, typer.Option("--model", help="Ranking; the release's default if unset.")
    ] = None,
) -> None:
    """Recommend unseen movies to many viewers (columns user_id, movie_id, rank, score).

    Example: sparrow recommend --users all --limit 20 --out recs.csv
    """
    from rich.console import Console

    from online.recommend import Order
    from online.recommend import recommend as run
    from sparrow.settings import Settings

    run(Settings(), Order(users, limit, out, model), Console(stderr=True))
