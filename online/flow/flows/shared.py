"""What flows have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from online.bandits.uniform import Uniform
from online.flow.filters.already_rated import AlreadyRated
from online.flow.filters.already_watched import AlreadyWatched
from online.flow.filters.excluded import Excluded
from online.flow.filters.in_genre import InGenre
from online.flow.filters.min_ratings import MinRatings
from online.flow.filters.not_interested import NotInterested
from online.flow.filters.release_years import ReleaseYears
from online.flow.rerankers.explore import Explore
from online.flow.rerankers.fatigue import Fatigue
from online.flow.rerankers.freshness import Freshness
from online.flow.rerankers.popularity_control import PopularityControl
from online.flow.stages import Filter, Request, Reranker, Scorer
from online.types import Query
from online.users.neighbours import UserNeighbours


@dataclass(frozen=True)
class FlowContext:
    """What a release and a request bring to a flow."""

    hydrate: Callable[[Query], Awaitable[Request]]
    scorer: Scorer
    parameters: Mapping[str, float] = field(default_factory=dict)  # of the release
    explore: Explore = field(default_factory=lambda: Explore(Uniform(), release=""))
    neighbours: UserNeighbours | None = (
        None  # users among whom those of a like taste are looked for
    )


FILTERS: tuple[Filter, ...] = (
    AlreadyRated(),
    AlreadyWatched(),
    NotInterested(),
    InGenre(),
    ReleaseYears(),
    MinRatings(),
    Excluded(),
)
"""What holds in every list."""

FATIGUE_RERANKERS: tuple[Reranker, ...] = (Fatigue(),)
"""What was shown goes down, in every list and before anything else rearranges it."""

USER_CONTROLS: tuple[Reranker, ...] = (PopularityControl(), Freshness())
"""What the user may turn; diversity is asked of the list that these have made."""
