"""The training lists as the ranker reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from offline.ranker.lists.feature_tables import CatalogueMetadata
from offline.ranker.lists.fit_signals import SignalConfig, fit_signals
from offline.ranker.lists.queries import Cut, QueryLimits, cut_bounds, cuts
from offline.ranker.lists.rating_log import RatingLog
from offline.ranker.lists.training_lists import TrainingListBuilder, TrainingLists
from sparrow.features.declarations import FeatureSet
from sparrow.signals.models.fitted_signals import ItemMetadata

FACTS = "facts.json"


@dataclass(frozen=True)
class RankingLists:
    """What the finished step made."""

    lists: TrainingLists
    movie_tables: list[np.ndarray]  # by cut: (movies,) rows of `FeatureSet.row_dtype(MOVIE)`
    gap_share: float  # of what a returning user would like to find: the share missing in the log

    @classmethod
    def load(cls, folder: Path) -> RankingLists:
        """From the step's folder."""
        tables = len(list(folder.glob("movies-*.npy")))
        return cls(
            TrainingLists.load(sorted(folder.glob("lists-*.npz"))),
            [np.load(folder / f"movies-{number}.npy") for number in range(tables)],
            json.loads((folder / FACTS).read_text())["gap_share"],
        )


def fitted_cuts(
    log: RatingLog,
    catalogue: tuple[CatalogueMetadata, ItemMetadata],
    features: FeatureSet,
    limits: tuple[QueryLimits, float],
    config: SignalConfig,
) -> Iterator[tuple[Cut, TrainingListBuilder]]:
    """Each cut of a log with the builder of its lists; a fit starts from the one before.

    `limits`: the limits of queries, and the share of what was watched that the log lacks.
    """
    facts, item_facts = catalogue
    fitted = None
    for number, cut in enumerate(cuts(log, cut_bounds(log), *limits, config)):
        fitted = fit_signals(cut.known, item_facts, cut.as_of, config, fitted)
        yield cut, TrainingListBuilder(number, fitted, facts, features, log.user_ids)


def gap_share(log: RatingLog, missing: float, later_likes: list[float]) -> float:
    """Share of a returning user's relevant movies that are missing in the log: 0 to 1.

    `missing` is the log's share of gaps, `later_likes` are those of each cut; behind the last one
    there is nothing.
    """
    gap = missing / (1 - missing) * len(log) / max(log.users, 1)
    later = float(np.mean(later_likes[:-1]))
    return gap / (gap + later) if gap + later else 0.0
