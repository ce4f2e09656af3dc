"""Genre: the best movies of one genre for the user."""

from __future__ import annotations

from online.flow.flows.home import candidate_sources
from online.flow.flows.shared import FATIGUE_RERANKERS, FILTERS, USER_CONTROLS, FlowContext
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.sources.chart_source import WHOLE_CATALOGUE, hidden_gems
from online.flow.stages import Flow


def genre(context: FlowContext) -> Flow:
    """Home's sources within `Query.genre`, with the genre's hidden gems; diversified by vectors."""
    return Flow(
        name="genre",
        sources=(*candidate_sources(), hidden_gems(30)),
        backfill=WHOLE_CATALOGUE,
        filters=FILTERS,
        scorer=context.scorer,
        fallback=SignalScorer(),
        rerankers=(*FATIGUE_RERANKERS, *USER_CONTROLS, MMR(diversity=0.2)),
        requires="genre",
    )
