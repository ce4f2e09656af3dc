"""What flows have in common."""

from __future__ import annotations

from online.filters.already_rated import AlreadyRated
from online.filters.already_watched import AlreadyWatched
from online.filters.exclude import Excluded
from online.filters.genre import InGenre
from online.filters.not_interested import NotInterested
from online.flow import Filter, Reranker
from online.rerankers.freshness import Freshness
from online.rerankers.popularity_control import PopularityControl

FILTERS: tuple[Filter, ...] = (
    AlreadyRated(),
    AlreadyWatched(),
    NotInterested(),
    InGenre(),
    Excluded(),
)
"""What holds in every list."""

VIEWER_CONTROLS: tuple[Reranker, ...] = (PopularityControl(), Freshness())
"""What the viewer may turn; diversity is asked of the list that these have made."""
