"""Session: for somebody who is looking around right now, a visitor without an id above all."""

from __future__ import annotations

from online.flow import Flow
from online.flows.shared import FILTERS, SHOWN_BEFORE, VIEWER_CONTROLS, Given
from online.rerankers.mmr import MMR
from online.scorers.signal import SignalScorer
from online.sources.popular import Popular
from online.sources.signal import signal_sources
from online.sources.similar_to_clicked import SimilarToClicked


def session(given: Given) -> Flow:
    """Movies like those that were opened last are candidates as well; the order is the ranker's."""
    return Flow(
        name="session",
        hydrate=given.hydrate,
        sources=(
            SimilarToClicked(),
            *signal_sources(),
        ),
        backfill=Popular(size=None, name="everything"),
        filters=FILTERS,
        scorer=given.scorer,
        fallback=SignalScorer(),
        rerankers=(*SHOWN_BEFORE, *VIEWER_CONTROLS, MMR()),
        follows_clicks=True,
    )
