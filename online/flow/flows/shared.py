"""Stages and context that flows share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from online.bandits.sampling import UniformSampling
from online.flow.filters.excluded_items import ExcludedItems
from online.flow.filters.in_genre import InGenre
from online.flow.filters.min_ratings import MinRatings
from online.flow.filters.release_years import ReleaseYears
from online.flow.rerankers.explore import Explore
from online.flow.rerankers.fatigue import Fatigue
from online.flow.rerankers.freshness import Freshness
from online.flow.rerankers.popularity_control import PopularityControl
from online.flow.stages import Filter, Reranker, Scorer
from online.users.neighbours import UserNeighbours


@dataclass(frozen=True)
class FlowContext:
    """What a flow is built from, apart from its own stages."""

    scorer: Scorer
    parameters: Mapping[str, float] = field(default_factory=dict)  # of the release
    explore: Explore = field(default_factory=lambda: Explore(UniformSampling(), release=""))
    neighbours: UserNeighbours | None = None  # for the user-kNN source


FILTERS: tuple[Filter, ...] = (
    ExcludedItems("already rated", lambda request: request.rated),
    ExcludedItems("already watched", lambda request: request.watched),
    ExcludedItems("not interested", lambda request: request.hidden),
    InGenre(),
    ReleaseYears(),
    MinRatings(),
    ExcludedItems("excluded", lambda request: request.excluded),
)
"""Filters of every flow."""

FATIGUE_RERANKERS: tuple[Reranker, ...] = (Fatigue(),)
"""Demotes movies that were shown before; first reranker of every flow."""

USER_CONTROLS: tuple[Reranker, ...] = (PopularityControl(), Freshness())
"""Controls of the query; applied before diversity."""
