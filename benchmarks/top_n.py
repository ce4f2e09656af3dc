"""Are the lists better than popularity? From a training part through the whole product to figures.

    python benchmarks/top_n.py --protocol random
    python benchmarks/top_n.py --protocol time --dataset ml-latest-small --from FOLDER

The ratings of a data set are split; the training part is written as CSV, imported, and goes through
`sparrow pipeline` and `sparrow recommend --users all`, as anybody would do it. Only this script
knows the rest. Protocols: `random` (25 % of the ratings, seed 42; every one relevant), `time` (the
last 20 % of the ratings by time; relevant from 3.5 stars; users with a history), `last` (each
user's last rating). With `--weights like=1,taste=2` the release's blend is overridden.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import typer
from rich.console import Console
from rich.table import Table

from offline.evaluation.top_n import popularity_lists, top_n_metrics
from sparrow.tables import Tables

SPARROW = [sys.executable, "-m", "sparrow"]
SEED = 42


def split(ratings: pd.DataFrame, protocol: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training ratings, and the relevant ones among the others."""
    random = np.random.default_rng(SEED)
    if protocol == "random":
        held = random.random(len(ratings)) < 0.25
        return ratings[~held], ratings[held]
    shuffled = ratings.iloc[random.permutation(len(ratings))]  # ties in time in no order
    in_time = shuffled.sort_values("timestamp", kind="stable")
    if protocol == "time":
        cut = int(len(in_time) * 0.8)
        train, rest = in_time[:cut], in_time[cut:]
        known = rest["user_id"].isin(train["user_id"].unique())
        return train, rest[known & (rest["rating"] >= 3.5)]
    last = in_time.groupby("user_id").tail(1)
    return in_time.drop(last.index), last


def write_csv(folder: Path, movies: pd.DataFrame, ratings: pd.DataFrame) -> None:
    """The training part in GroupLens' CSV layout."""
    folder.mkdir()
    year = movies["year"].map(lambda y: "" if pd.isna(y) else f" ({int(y)})")
    genres = movies["genres"].map(lambda g: "|".join(g) or "(no genres listed)")
    raw = pd.DataFrame(
        {"movieId": movies["movie_id"], "title": movies["title"] + year, "genres": genres}
    )
    raw.to_csv(folder / "movies.csv", index=False)
    columns = {"user_id": "userId", "movie_id": "movieId"}
    ratings.rename(columns=columns).to_csv(folder / "ratings.csv", index=False)


def main(
    protocol: Annotated[str, typer.Option(help="random, time or last")] = "random",
    dataset: Annotated[str, typer.Option(help="A data set's name.")] = "ml-100k",
    source: Annotated[str, typer.Option("--from", help="Folder or zip with its data.")] = "",
    keep: Annotated[Path | None, typer.Option(help="Folder to work in and keep.")] = None,
    weights: Annotated[str, typer.Option(help="Overrides of the blend, as like=1,taste=2.")] = "",
) -> None:
    scratch = keep or Path(tempfile.mkdtemp(prefix="sparrow-top-n-"))
    environment = os.environ | {"SPARROW_DATA_DIR": str(scratch), "SPARROW_DATASET": "train"}

    def sparrow(*arguments: str) -> None:
        subprocess.run([*SPARROW, *arguments], check=True, env=environment)

    sparrow("data", "import", dataset, *(["--from", source] if source else []))
    tables = Tables(scratch / "tables" / dataset)
    movies, ratings = (
        ds.dataset(tables.path(table)).to_table().to_pandas() for table in ("movies", "ratings")
    )
    train, relevant = split(ratings, protocol)
    if not (scratch / "csv").exists():
        write_csv(scratch / "csv", movies, train)
    sparrow("data", "import", "train", "--from", str(scratch / "csv"))
    sparrow("pipeline", "--force")
    override(scratch, weights)
    out = scratch / "recommended.parquet"
    sparrow("recommend", "--users", "all", "--limit", "20", "--out", str(out))
    users = pd.Series(train["user_id"].unique())
    report(
        f"{dataset}, {protocol}, seed {SEED}, {relevant['user_id'].nunique()} users {weights}",
        {
            "popularity": popularity_lists(train, users, 20),
            "Sparrow's home flow": pd.read_parquet(out),
        },
        relevant,
    )


def override(scratch: Path, weights: str) -> None:
    """Write other weights of the blend into the release's manifest: for experiments only."""
    if not weights:
        return
    newest = sorted((scratch / "releases").glob("*/manifest.json"))[-1]
    manifest = json.loads(newest.read_text())
    pairs = (pair.split("=") for pair in weights.split(","))
    manifest["parameters"] = {f"weight_{name}": float(value) for name, value in pairs}
    newest.write_text(json.dumps(manifest))


def report(title: str, lists: dict[str, pd.DataFrame], relevant: pd.DataFrame) -> None:
    table = Table("", "NDCG@10", "Recall@20", "HR@10", title=title)
    for name, each in lists.items():
        ten, twenty = (top_n_metrics(each, relevant, k) for k in (10, 20))
        figures = ten["ndcg@10"], twenty["recall@20"], ten["hr@10"]
        table.add_row(name, *(f"{figure:.4f}" for figure in figures))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
