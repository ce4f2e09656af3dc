"""What flows have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from online.bandits.uniform import Uniform
from online.filters.already_rated import AlreadyRated
from online.filters.already_watched import AlreadyWatched
from online.filters.evidence import EnoughRatings
from online.filters.exclude import Excluded
from online.filters.genre import InGenre
from online.filters.not_interested import NotInterested
from online.filters.years import WithinYears
from online.flow import Filter, Request, Reranker, Scorer
from online.peers import Peers
from online.rerankers.explore import Explore
from online.rerankers.fatigue import Fatigue
from online.rerankers.freshness import Freshness
from online.rerankers.popularity_control import PopularityControl
from online.types import Query


@dataclass(frozen=True)
class Given:
    """What a release and a request bring to a flow."""

    hydrate: Callable[[Query], Awaitable[Request]]
    scorer: Scorer
    parameters: Mapping[str, float] = field(default_factory=dict)  # of the release
    explore: Explore = field(default_factory=lambda: Explore(Uniform(), release=""))
    peers: Peers | None = None  # viewers among whom those of a like taste are looked for


FILTERS: tuple[Filter, ...] = (
    AlreadyRated(),
    AlreadyWatched(),
    NotInterested(),
    InGenre(),
    WithinYears(),
    EnoughRatings(),
    Excluded(),
)
"""What holds in every list."""

SHOWN_BEFORE: tuple[Reranker, ...] = (Fatigue(),)
"""What was shown goes down, in every list and before anything else rearranges it."""

VIEWER_CONTROLS: tuple[Reranker, ...] = (PopularityControl(), Freshness())
"""What the viewer may turn; diversity is asked of the list that these have made."""
