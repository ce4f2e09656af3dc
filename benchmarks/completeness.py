"""Does the pipeline find how complete histories are?

    python benchmarks/completeness.py

Takes ratings away from the data set in use, in known ways, and prints what share of what was surely
watched `offline.ranker.recorded_share` then finds recorded, for three seeds.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from offline.backtest import COMPLETE, read_ratings
from offline.cuts import Ratings
from rich.console import Console
from rich.table import Table

from offline.ranker.recorded_share import recorded_share
from offline.steps import workspace
from sparrow.settings import Settings

KEPT = (0.9, 0.8, 0.75, 0.5)  # shares of the ratings
EARLY = 0.8  # share of the ratings by time
SEEDS = 3


def worlds(ratings: Ratings, random: np.random.Generator) -> Iterator[tuple[str, np.ndarray]]:
    """What is left, in words, and which rows of the ratings that is."""
    rows = len(ratings.user)
    newest = np.zeros(rows, dtype=bool)
    newest[rows - 1 - np.unique(ratings.user[::-1], return_index=True)[1]] = True
    yield "all ratings", np.ones(rows, dtype=bool)
    yield "all but each viewer's last", ~newest
    yield f"the first {EARLY:.0%} by time", np.arange(rows) < EARLY * rows
    for share in KEPT:
        yield f"{share:.0%} at random", random.random(rows) < share


def main() -> None:
    """Prints a row a world, a column a seed."""
    settings, console = Settings(), Console()
    seeds = range(settings.seed, settings.seed + SEEDS)
    with workspace(settings, console) as space:
        ratings = read_ratings(space)
        name = space.dataset()["name"]
    title = f"{name}: share of the surest pairs that is rated; complete from {COMPLETE:.0%}"
    table = Table("what is left", *(f"seed {seed}" for seed in seeds), title=title)
    found: dict[str, list[str]] = {}
    for seed in seeds:
        for words, left in worlds(ratings, np.random.default_rng(seed)):
            share = recorded_share(ratings.matrix(np.flatnonzero(left)), seed)
            found.setdefault(words, []).append(f"{share:.3f}")
    for words, shares in found.items():
        table.add_row(words, *shares)
    console.print(table)


if __name__ == "__main__":
    main()
