"""Genre: the best of one genre for this user, with more breadth than a row of home."""

from __future__ import annotations

from online.flow.flows.home import candidate_sources
from online.flow.flows.shared import FATIGUE_RERANKERS, FILTERS, USER_CONTROLS, FlowContext
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.sources.chart_source import WHOLE_CATALOGUE, hidden_gems
from online.flow.stages import Flow


def genre(context: FlowContext) -> Flow:
    """Home's sources within `Query.genre`, and the genre's hidden gems; mixed by vectors."""
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
