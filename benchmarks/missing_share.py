"""Does the pipeline find how much of what was watched a log lacks?

    python benchmarks/missing_share.py

Takes ratings away from the data set in use, in known ways, and prints what share of what was
watched `offline.ranker.lists.label_frequency` then finds missing, for three seeds.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow.dataset as ds
from rich.console import Console
from rich.table import Table

from offline.ranker.lists.label_frequency import missing_share
from offline.ranker.lists.rating_log import RatingLog
from sparrow.dataset.tables import DatasetTables
from sparrow.settings import Settings

KEPT = (0.9, 0.8, 0.75, 0.5)  # shares of the ratings
EARLY = 0.8  # share of the ratings by time
SEEDS = 3


def read_log(tables: DatasetTables) -> tuple[RatingLog, int]:
    """All ratings, and how many movies there are."""
    names = ["user_id", "movie_id", "rating", "timestamp"]
    ratings = ds.dataset(tables.path("ratings")).to_table(columns=names)
    user_id, movie_id, rating, timestamp = (ratings[name].to_numpy() for name in names)
    movies, item_index = np.unique(movie_id, return_inverse=True)
    return RatingLog.of(user_id, item_index, rating, timestamp), len(movies)


def thinned(log: RatingLog, random: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    """What is left, in words, and which of the ratings that is: (ratings,) bool."""
    newest = np.zeros(len(log), dtype=bool)
    newest[len(log) - 1 - np.unique(log.user[::-1], return_index=True)[1]] = True
    yield "all ratings", np.ones(len(log), dtype=bool)
    yield "all but each user's last", ~newest
    yield f"the first {EARLY:.0%} by time", np.arange(len(log)) < EARLY * len(log)
    for share in KEPT:
        yield f"{share:.0%} at random", random.random(len(log)) < share


def main() -> None:
    """Prints a row for each way of thinning, a column for each seed."""
    settings = Settings()
    seeds = range(settings.seed, settings.seed + SEEDS)
    log, movies = read_log(DatasetTables(settings.tables))
    title = f"{settings.dataset}: share of what was watched that is missing"
    table = Table("what is left", *(f"seed {seed}" for seed in seeds), title=title)
    found: dict[str, list[str]] = {}
    for seed in seeds:
        for words, left in thinned(log, np.random.default_rng(seed)):
            share = missing_share(log.take(left), movies, seed)
            found.setdefault(words, []).append(f"{share:.3f}")
    for words, shares in found.items():
        table.add_row(words, *shares)
    Console().print(table)


if __name__ == "__main__":
    main()
