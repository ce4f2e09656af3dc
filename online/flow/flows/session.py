"""Session: for somebody who is looking around right now, a visitor without an id above all."""

from __future__ import annotations

from online.flow.flows.shared import FILTERS, SHOWN_BEFORE, VIEWER_CONTROLS, Given
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.sources.popular import Popular
from online.flow.sources.signal_source import signal_sources
from online.flow.sources.similar_to_clicked import SimilarToClicked
from online.flow.stages import Flow


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
