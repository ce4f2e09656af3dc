"""The training lists as the ranker reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from offline.ranker.lists.rating_log import RatingLog
from offline.ranker.lists.training_lists import TrainingLists


@dataclass(frozen=True)
class RankingLists:
    """What the finished step made."""

    lists: TrainingLists
    movie_tables: list[np.ndarray]  # by cut: (movies,) rows of `FeatureSet.row_dtype(MOVIE)`
    gap_share: float  # of what somebody who was away would like to find: what the log lacks

    @classmethod
    def load(cls, folder: Path) -> RankingLists:
        """From the step's folder."""
        tables = len(list(folder.glob("movies-*.npy")))
        return cls(
            TrainingLists.load(sorted(folder.glob("lists-*.npz"))),
            [np.load(folder / f"movies-{number}.npy") for number in range(tables)],
            json.loads((folder / FACTS).read_text())["gap_share"],
        )


def gap_share(log: RatingLog, missing: float, later_likes: list[float]) -> float:
    """Of what somebody who was away would like to find, the share that the log lacks: 0 to 1.

    `missing` is the log's share of gaps, `later_likes` are those of each cut; behind the last one
    there is nothing.
    """
    gap = missing / (1 - missing) * len(log) / max(log.users, 1)
    later = float(np.mean(later_likes[:-1]))
    return gap / (gap + later) if gap + later else 0.0


FACTS = "facts.json"
