"""Genre: the best of one genre for this viewer, with more breadth than a row of home."""

from __future__ import annotations

from online.flow.flows.home import recall
from online.flow.flows.shared import FILTERS, SHOWN_BEFORE, VIEWER_CONTROLS, Given
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.sources.hidden_gems import HiddenGems
from online.flow.sources.popular import Popular
from online.flow.stages import Flow


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
