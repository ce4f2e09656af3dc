"""The cut that a model is judged on: ratings that no model of the time split was trained on.

Before the validation part these are what `offline.splits.held_out` picks; behind it, the likes of
the validation part itself. The rows of viewers and movies are as of the cut, by the same folds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from offline.cuts import MOST_VIEWERS, Cut, Ratings
from offline.events import catalogue, event_table, read
from offline.feature_rows import curve_of, movie_serving_rows, user_serving_rows
from offline.features import load_feature_set, with_demographics
from offline.splits import held_out, time_cuts
from offline.steps import Workspace

HELD = {"random": "held_at_random", "last": "held_last", "time": None}
"""What of the ratings before the validation part each kind of cut holds back."""


@dataclass(frozen=True)
class HeldCut:
    """A cut, and the feature rows of its viewers and of all movies of `Ratings` as of then."""

    kind: str
    cut: Cut
    at: int  # seconds since 1970: all that is known happened before
    viewers: pa.Table  # a row for each of `cut.users`, in their order
    movies: pa.Table  # a row for each number of a movie


def held_cuts(space: Workspace, ratings: Ratings, kinds: Iterable[str]) -> Iterator[HeldCut]:
    """The cuts of these kinds, as far as somebody is to be asked there."""
    settings = space.settings
    features = load_feature_set(space.folder("features"))
    events = event_table(space.spark, space.tables, features.genres)
    validation, test = time_cuts(events)
    picked = held_out(events, settings.seed).cache()
    flags = _flags(picked, ratings)
    for kind in kinds:
        column = HELD[kind]
        held = flags[column] if column else ~flags["before_validation"]
        known = np.flatnonzero(flags["before_validation"] & ~held)
        asked = held if column else held & (ratings.timestamp < test) & _liked(ratings, space)
        cut = _cut(ratings, known, np.flatnonzero(asked), settings.seed)
        if len(cut.users):
            unseen = F.col(column) if column else F.lit(False)
            frame = picked.where(F.col("before_validation") & ~unseen)
            yield HeldCut(kind, cut, validation, *_rows(space, frame, ratings, cut, validation))
    picked.unpersist()


def _liked(ratings: Ratings, space: Workspace) -> np.ndarray:
    return np.asarray(ratings.stars >= space.settings.like_threshold)


def _cut(ratings: Ratings, known: np.ndarray, relevant: np.ndarray, seed: int) -> Cut:
    both = np.intersect1d(ratings.user[known], ratings.user[relevant])
    chosen = np.random.default_rng(seed).permutation(both)[:MOST_VIEWERS]
    return Cut(known, relevant, np.sort(chosen))


def _flags(picked: DataFrame, ratings: Ratings) -> dict[str, np.ndarray]:
    """The flags of `held_out` for each row of `ratings`, whose viewers are few."""
    names = ["before_validation", *(column for column in HELD.values() if column)]
    chosen = picked.where(F.col("user_id").isin(ratings.user_ids.tolist()))
    table = chosen.select("user_id", "movie_id", *names).toArrow()
    movie_id = table["movie_id"].to_numpy()
    table = table.filter(pa.array(np.isin(movie_id, ratings.movie_ids)))
    user = np.searchsorted(ratings.user_ids, table["user_id"].to_numpy())
    movie = np.searchsorted(ratings.movie_ids, table["movie_id"].to_numpy())
    here, there = (
        len(ratings.movie_ids) * u + m for u, m in ((ratings.user, ratings.movie), (user, movie))
    )
    order = np.argsort(there)
    place = order[np.searchsorted(there[order], here)]
    return {name: table[name].to_numpy(zero_copy_only=False)[place] for name in names}


def _rows(
    space: Workspace, known: DataFrame, ratings: Ratings, cut: Cut, at: int
) -> tuple[pa.Table, pa.Table]:
    source = space.folder("features")
    features = load_feature_set(source)
    codes = json.loads((source / "codes.json").read_text())
    events = known.withColumn("known", F.lit(True))
    asked = F.col("user_id").isin(ratings.user_ids[cut.users].tolist())
    behaviour = user_serving_rows(events.where(asked), features, at)
    viewers = with_demographics(behaviour, read(space.spark, space.tables, "users"), codes)
    movies = catalogue(space.spark, space.tables, features.genres)
    kept = movies.where(F.col("movie_id").isin(ratings.movie_ids.tolist()))
    rows = movie_serving_rows(kept, events, features, curve_of(events), at)
    return viewers.toArrow().sort_by("user_id"), rows.toArrow().sort_by("movie_id")
