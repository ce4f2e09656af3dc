"""The step `backtest`: which evidence foresees what viewers watch next, asked of the past.

The ratings are cut in several places as evaluation cuts them; what lies before a cut makes lists,
what lies behind it judges them. The weights that come out are a release's `weight_<part>`: its
servers add the parts up with them (`sparrow.evidence`). Nothing here sees anything but the ratings
of the data set in use.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds

from offline.completeness import recorded_share
from offline.cuts import Ratings, cuts, newcomers
from offline.steps import Step, Workspace, of_another_version
from offline.trials import PLACES, Trial, Weights, pooled, with_others
from offline.weight_search import climb, mixtures, nearness, personal
from sparrow.evidence import NEXT, RETURN_DAYS, goes_on
from sparrow.folds import DAY
from sparrow.settings import Settings

RETURNED = 0.9
"""Share of the viewers who came back that had been away for no longer than is waited for others."""

KINDS = {"random": ("random",), "last": ("last",), "time": ("time",), "next": ("last", "time")}
"""The kinds of cut that judge the weights, by objective."""

COMPLETE = 0.9
"""Share of what was watched that histories must hold to count as complete. What they lack, then, is
what comes next; with more missing, most of what a list could foresee was watched in between."""

NDCG = f"ndcg@{PLACES}"  # what a result calls it
FILE = "weights.json"


def step(settings: Settings) -> Step:
    """Weights of the evidence, chosen on the past."""
    return Step(
        "backtest",
        "weights of the home flow, chosen on the past",
        run,
        parameters={
            "seed": settings.seed,
            "like_threshold": settings.like_threshold,
            "objective": settings.objective,
        },
    )


def run(space: Workspace, folder: Path) -> None:
    """Writes FILE: the chosen weights, and the NDCG of each kind of cut with them and without."""
    ratings = read_ratings(space)
    objective = _objective(space, ratings)
    trials = {
        kind: [Trial.of(ratings, cut, space.settings.seed) for cut in made]
        for kind, made in cuts(ratings, KINDS[objective], space.settings).items()
    }
    found = choose({kind: each for kind, each in trials.items() if each})
    found["objective"] = objective
    if NEXT in found:
        space.console.print(
            f"  of viewers who came back {RETURNED:.0%} had been away for at most "
            f"{found[RETURN_DAYS]:.0f} days; lists of others go on where they stopped",
            highlight=False,
        )
    found["few"] = {
        str(few): personal(pooled([Trial.of(ratings, cut, space.settings.seed)]))
        for few, cut in newcomers(ratings, space.settings).items()
    }
    (folder / FILE).write_text(json.dumps(found, indent=2))
    for few, (_, reached) in found["few"].items():
        space.console.print(
            f"  viewers of whom {few} ratings are known: ndcg@{PLACES} {reached:.4f}",
            highlight=False,
        )
    for kind, (chosen, popular) in found[NDCG].items():
        space.console.print(
            f"  on the past that they were chosen on, {kind}: {NDCG} {chosen:.4f}, "
            f"popularity {popular:.4f}",
            highlight=False,
        )


def _objective(space: Workspace, ratings: Ratings) -> str:
    """The one that is set, or that the histories ask for."""
    if space.settings.objective != "auto":
        return space.settings.objective
    rated = ratings.matrix(np.arange(len(ratings.user)))
    share = recorded_share(rated, space.settings.seed)
    objective = "next" if share >= COMPLETE else "random"
    words = {"next": "complete: foresee what comes next", "random": "with holes: foresee taste"}
    space.console.print(
        f"  of what was surely watched {share:.0%} is rated; histories are {words[objective]}",
        highlight=False,
    )
    return objective


def read_ratings(space: Workspace) -> Ratings:
    """All ratings of the data set in use as arrays, ascending in time, ties in no order."""
    columns = ["user_id", "movie_id", "timestamp", "rating"]
    table = ds.dataset(space.tables.path("ratings")).to_table(columns=columns)
    movies = ds.dataset(space.tables.path("movies")).to_table(columns=["movie_id", "year"])
    return Ratings.of(table, movies.sort_by("movie_id"), space.settings.seed)


def choose(trials: dict[str, list[Trial]]) -> dict[str, Any]:
    """The weights that foresee best, and what they reach.

    Of several kinds, those that come nearest to the best of each, for viewers who may come back
    any day; the others' are under NEXT, and are the best for what they would have rated next.
    """
    if not trials:
        return {"weights": {}, NDCG: {}}
    best = {kind: climb(pooled(each)) for kind, each in trials.items()}
    goals = {kind: pooled(each) for kind, each in trials.items()}
    found: dict[str, Any] = {}
    if len(best) > 1:
        away = np.concatenate([trial.away for trial in trials["time"]])
        days = round(float(np.quantile(away, RETURNED)) / DAY, 1)
        others = best["last"][0]
        goals = {kind: with_others(each, days * DAY, others) for kind, each in trials.items()}
        alone = {kind: reached for kind, (_, reached) in best.items()}
        starts = [weights for weights, _ in best.values()]
        weights, _ = climb(nearness(goals, alone), [*starts, *mixtures(*starts)])
        found = {NEXT: others, RETURN_DAYS: days}
    else:
        weights, _ = best.popitem()[1]
    figures = {
        kind: (goals[kind](weights), pooled(each)({"popularity": 1.0}))
        for kind, each in trials.items()
    }
    return {"weights": weights, **found, NDCG: figures}


@dataclass(frozen=True)
class Chosen:
    """What a finished step chose: weights by part; none where nobody could be asked."""

    kinds: tuple[str, ...]  # of cut that judged them
    weights: Weights
    next: Weights | None  # of viewers of whom `goes_on` is true
    return_days: float
    few: dict[str, Weights]  # by how many ratings are known of a newcomer

    @classmethod
    def load(cls, folder: Path) -> Chosen:
        """Raises DataError for a result of another version of Sparrow."""
        found = json.loads((folder / FILE).read_text())
        try:
            few = {count: weights for count, (weights, _) in found["few"].items()}
            kinds = KINDS[found["objective"]]
        except KeyError as error:
            raise of_another_version(folder / FILE) from error
        return cls(kinds, found["weights"], found.get(NEXT), found.get(RETURN_DAYS, 0.0), few)

    def stopped(self, away: np.ndarray) -> np.ndarray:
        """Which viewers' lists go by `next`: (viewers,) bool; `away` (viewers,) seconds."""
        if self.next is None:
            return np.zeros(len(away), dtype=bool)
        return goes_on(away, self.return_days * DAY)


def parameters_of(folder: Path) -> dict[str, float]:
    """What a finished step chose, by the names that a release gives it.

    `weight_<part>`, `weight_<part>@<few>` for viewers of whom only so many ratings are known, and,
    if they differ, `weight_<part>@next` with `return_days`.
    """
    chosen = Chosen.load(folder)
    every = {"": chosen.weights, **{f"@{count}": weights for count, weights in chosen.few.items()}}
    found = {}
    if chosen.next is not None:
        every[f"@{NEXT}"], found[RETURN_DAYS] = chosen.next, chosen.return_days
    return found | {
        f"weight_{name}{suffix}": float(weight)
        for suffix, weights in every.items()
        for name, weight in weights.items()
    }
