"""The step `backtest`: which evidence foresees what viewers watch next, asked of the past.

The ratings are cut in several places as evaluation cuts them; what lies before a cut makes lists,
what lies behind it judges them. The weights that come out are a release's `weight_<part>`: its
servers add the parts up with them (`sparrow.evidence`). Nothing here sees anything but the ratings
of the data set in use.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds

from offline.completeness import recorded_share
from offline.cuts import Cut, Ratings, absence, cuts, newcomers
from offline.evidence_of import evidence_of
from offline.steps import Step, Workspace
from sparrow.errors import DataError
from sparrow.evidence import COUNTED, NEXT, RETURN_DAYS, goes_on
from sparrow.folds import DAY
from sparrow.settings import Settings

STEP = 0.5  # of the first round of the search
ROUNDS = 3  # each with half the step
GAIN = 1.003  # that a change must bring: fewer parts rather than luck
RETURNED = 0.9
"""Share of the viewers who came back that had been away for no longer than is waited for others."""
OWN, MOST_OWN = 0.97, 4.0
"""Share of the best that a newcomer's list must reach, and the most that `alike` may count."""

KINDS = {"random": ("random",), "last": ("last",), "time": ("time",), "next": ("last", "time")}
"""The kinds of cut that judge the weights, by objective."""

COMPLETE = 0.9
"""Share of what was watched that histories must hold to count as complete. What they lack, then, is
what comes next; with more missing, most of what a list could foresee was watched in between."""

MIXTURES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Where the search for a compromise begins: near what either kind of cut wants, or in between. From
a single part it ends on one of many small hills."""

PLACES, FIRST_PLACES = 20, 10
"""Places of a list that are judged, and of a newcomer's: of few movies that are asked for, ten
places leave too much to chance; of all that somebody went on to like, the first ten say enough."""

NDCG = f"ndcg@{PLACES}"  # what a result calls it
FILE = "weights.json"

Weights = dict[str, float]
Goal = Callable[[Weights], float]


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
            f"  viewers of whom {few} ratings are known: ndcg@{FIRST_PLACES} {reached:.4f}",
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


@dataclass(frozen=True)
class Trial:
    """Viewers of one cut with the evidence for every movie and what they watched behind it."""

    parts: dict[str, np.ndarray]  # (viewers, movies) float32 each; -inf nowhere
    seen: np.ndarray  # (viewers, movies) bool: cannot be recommended
    relevant: np.ndarray  # (viewers, movies) bool
    away: np.ndarray  # (viewers,) seconds since they rated last
    places: int = PLACES  # of a list that are judged

    @classmethod
    def of(cls, ratings: Ratings, cut: Cut, seed: int, places: int = PLACES) -> Trial:
        """The evidence as of the cut, for those of its viewers who have both sides."""
        users = cut.users
        relevant = ratings.matrix(cut.relevant)[users] > 0
        seen = ratings.matrix(cut.known)[users] > 0
        parts, away = evidence_of(ratings, cut, seed), absence(ratings, cut)
        return cls(parts, seen, relevant, away, places)

    def of_viewers(self, chosen: np.ndarray) -> Trial:
        """The trial of some of its viewers, (viewers,) bool."""
        count = int(chosen.sum())
        parts = {
            # what is the same for everybody stays one row in memory
            name: np.broadcast_to(part[0], (count, part.shape[1]))
            if part.strides[0] == 0
            else part[chosen]
            for name, part in self.parts.items()
        }
        return Trial(
            parts, self.seen[chosen], self.relevant[chosen], self.away[chosen], self.places
        )

    def ndcg(self, weights: Weights) -> float:
        """Mean NDCG of the lists that the weights make."""
        scores = np.zeros(self.seen.shape, dtype=np.float32)
        for name, weight in weights.items():
            if weight:
                scores += np.float32(weight) * self.parts[name]
        scores[self.seen] = -np.inf
        return mean_ndcg(scores, self.relevant, self.places)


def mean_ndcg(scores: np.ndarray, relevant: np.ndarray, places: int) -> float:
    """NDCG of the first `places`, averaged over rows; every row has a relevant column."""
    length = min(places, scores.shape[1])
    top = np.argpartition(-scores, length - 1, axis=1)[:, :length]
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    hits = np.take_along_axis(relevant, np.take_along_axis(top, order, axis=1), axis=1)
    discount = 1 / np.log2(np.arange(length) + 2)
    ideal = np.cumsum(discount)[np.minimum(relevant.sum(axis=1), length) - 1]
    return float(((hits * discount).sum(axis=1) / ideal).mean())


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


def with_others(trials: list[Trial], return_within: float, others: Weights) -> Goal:
    """Mean NDCG over all viewers where those of whom `goes_on` is true have the weights `others`.

    Their lists are made once.
    """
    stopped = [goes_on(trial.away, return_within) for trial in trials]
    fixed, here = (
        [
            trial.of_viewers(chosen)
            for trial, chosen in zip(trials, masks, strict=True)
            if chosen.any()
        ]
        for masks in (stopped, [~chosen for chosen in stopped])
    )
    count, size = (sum(len(trial.seen) for trial in each) for each in (fixed, trials))
    reached = count * pooled(fixed)(others) if fixed else 0.0
    goal = pooled(here) if here else lambda _: 0.0
    return lambda weights: (reached + (size - count) * goal(weights)) / size


def nearness(goals: Mapping[str, Goal], best: Mapping[str, float]) -> Goal:
    """The mean share of each kind's best NDCG that weights reach."""

    def reached(weights: Weights) -> float:
        return float(
            np.mean([goal(weights) / max(best[kind], 1e-9) for kind, goal in goals.items()])
        )

    return reached


def pooled(trials: list[Trial]) -> Goal:
    """Mean NDCG over the viewers of all trials."""
    sizes = [len(trial.seen) for trial in trials]
    return lambda weights: float(np.average([t.ndcg(weights) for t in trials], weights=sizes))


def mixtures(first: Weights, second: Weights) -> list[Weights]:
    """Both together, by MIXTURES of the second for one of the first."""
    return [
        {part: first.get(part, 0.0) + ratio * second.get(part, 0.0) for part in {**first, **second}}
        for ratio in MIXTURES
    ]


def climb(goal: Goal, starts: Sequence[Weights] = ()) -> tuple[Weights, float]:
    """Steepest ascent, one weight at a time, with shrinking steps.

    It begins at the best of all single parts and `starts`.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # NumPy lets go of Python meanwhile
        weights = max([*({part: 1.0} for part in COUNTED), *starts], key=goal)
        best = goal(weights)
        for round_ in range(ROUNDS):
            size = STEP / 2**round_
            while True:
                changes = [
                    {**weights, part: round(weights.get(part, 0.0) + by * size, 6)}
                    for part in COUNTED
                    for by in (-2, -1, 1, 2)
                ]
                values = list(pool.map(goal, changes))
                if max(values) <= best * GAIN:
                    break
                best = max(values)
                weights = {k: w for k, w in changes[int(np.argmax(values))].items() if w}
    return weights, best


def personal(goal: Goal) -> tuple[Weights, float]:
    """The weights that `climb` finds, with as much of what is one's own as costs next to nothing.

    A newcomer who told of a few films should not get the list that everybody gets.
    """
    weights, best = climb(goal)
    least = best * OWN
    while weights.get("alike", 0.0) < MOST_OWN:
        more = {**weights, "alike": weights.get("alike", 0.0) + STEP / 2}
        reached = goal(more)
        if reached < least:
            break
        weights, best = more, reached
    return weights, best


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
            raise DataError(
                f"Expected weights by situation in {folder / FILE}, which another version of "
                "Sparrow wrote: run `sparrow pipeline`."
            ) from error
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
