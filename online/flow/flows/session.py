"""Session: for users who are browsing right now, anonymous users above all."""

from __future__ import annotations

from online.flow.flows.shared import FATIGUE_RERANKERS, FILTERS, USER_CONTROLS, FlowContext
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.sources.chart_source import WHOLE_CATALOGUE
from online.flow.sources.signal_source import signal_sources
from online.flow.sources.similar_to_clicked import SimilarToClicked
from online.flow.stages import Flow


def session(context: FlowContext) -> Flow:
    """Movies similar to the last clicked ones are candidates as well; the model ranks."""
    return Flow(
        name="session",
        sources=(
            SimilarToClicked(),
            *signal_sources(),
        ),
        backfill=WHOLE_CATALOGUE,
        filters=FILTERS,
        scorer=context.scorer,
        fallback=SignalScorer(),
        rerankers=(*FATIGUE_RERANKERS, *USER_CONTROLS, MMR()),
        ends_slate_on_click=True,
    )
