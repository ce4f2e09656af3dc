"""Genre: the best of one genre for this viewer, with more breadth than a row of home."""

from __future__ import annotations

from online.flow import Flow
from online.flows.home import recall
from online.flows.shared import FILTERS, SHOWN_BEFORE, VIEWER_CONTROLS, Given
from online.rerankers.mmr import MMR
from online.scorers.signal import SignalScorer
from online.sources.hidden_gems import HiddenGems
from online.sources.popular import Popular


def genre(given: Given) -> Flow:
    """Home's sources within `Query.genre`, and the genre's hidden gems; mixed by vectors."""
    return Flow(
        name="genre",
        hydrate=given.hydrate,
        sources=(*recall(), HiddenGems(size=30)),
        backfill=Popular(size=None, name="everything"),
        filters=FILTERS,
        scorer=given.scorer,
        fallback=SignalScorer(),
        rerankers=(*SHOWN_BEFORE, *VIEWER_CONTROLS, MMR(wish=0.2)),
        needs="genre",
    )
