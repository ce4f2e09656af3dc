"""The product itself, from a training part to lists, by its own command line and nothing else.

Batch never imports serving; what is measured here is what whoever runs the same commands gets.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from offline.evaluation.tasks.evaluation_task import ListTime
from sparrow.errors import DataError

LENGTH = 100
COMMAND = (sys.executable, "-m", "sparrow")
_TAIL = 400  # characters of a failed command's last words that are repeated


@dataclass(frozen=True)
class EndToEndRun:
    """A product of its own: data folder, Redis and releases in `root`."""

    root: Path
    command: tuple[str, ...] = COMMAND

    def train(self, movies: pd.DataFrame, ratings: pd.DataFrame) -> None:
        """Import these ratings and make a release of them; nothing is done twice.

        `movies` and `ratings` have the columns of `sparrow.dataset.tables`. Raises DataError when
        a command fails.
        """
        csv = self.root / "csv"
        csv.mkdir(parents=True, exist_ok=True)
        write_csv(csv, movies, ratings)
        self._run("data", "import", "train", "--from", str(csv.resolve()))
        self._run("pipeline", "--force")

    def flow(self, moment: ListTime) -> pd.DataFrame:
        """The home flow's lists of every user: user_id, movie_id, rank."""
        return self._lists(f"flow-{moment}", "--at", moment)

    def source(self, name: str, moment: ListTime) -> pd.DataFrame:
        """The lists of one recall source alone."""
        return self._lists(f"source-{name}-{moment}", "--at", moment, "--source", name)

    def sources(self) -> list[str]:
        """Names of the recall sources that can be run alone."""
        return self._run("recommend", "--list-sources").split()

    def _lists(self, name: str, *options: str) -> pd.DataFrame:
        out = self.root / f"{name}.parquet"
        length = ("--users", "all", "--limit", str(LENGTH))
        self._run("recommend", *length, *options, "--out", str(out.resolve()))
        return pd.read_parquet(out, columns=["user_id", "movie_id", "rank"])

    def _run(self, *arguments: str) -> str:
        own = {
            "SPARROW_DATA_DIR": str(self.root.resolve()),
            "SPARROW_DATASET": "train",
        }
        # Measured releases use a Redis of their own.
        inherited = {k: v for k, v in os.environ.items() if k != "SPARROW_REDIS_URL"}
        done = subprocess.run(
            [*self.command, *arguments], env=inherited | own, capture_output=True, text=True
        )
        if done.returncode:
            raise DataError(
                f"Expected `sparrow {' '.join(arguments)}` to succeed in {self.root}, but it "
                f"ended with {done.returncode}: {done.stderr.strip()[-_TAIL:]}"
            )
        return done.stdout


def write_csv(folder: Path, movies: pd.DataFrame, ratings: pd.DataFrame) -> None:
    """Movies and ratings in GroupLens' CSV layout."""
    year = movies["year"].map(lambda y: "" if pd.isna(y) else f" ({int(y)})")
    genres = movies["genres"].map(lambda names: "|".join(names) or "(no genres listed)")
    raw = {"movieId": movies["movie_id"], "title": movies["title"] + year, "genres": genres}
    pd.DataFrame(raw).to_csv(folder / "movies.csv", index=False)
    names = {"user_id": "userId", "movie_id": "movieId"}
    # In the order of ids, which depends neither on the protocol's draw nor on time.
    columns = ratings.sort_values(list(names)).rename(columns=names)
    columns[["userId", "movieId", "rating", "timestamp"]].to_csv(
        folder / "ratings.csv", index=False
    )
