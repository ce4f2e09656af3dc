"""Similar: movies similar to one, the most similar first."""

from __future__ import annotations

from online.flow.flows.shared import FATIGUE_RERANKERS, FILTERS, USER_CONTROLS, FlowContext
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.scorers.item_similarity import ItemSimilarityScorer
from online.flow.sources.similar_to_origin import SimilarToOrigin
from online.flow.stages import Flow


def similar(_context: FlowContext) -> Flow:
    """Ranks by similarity to `Query.movie_id` and not by the model."""
    return Flow(
        name="similar",
        sources=(SimilarToOrigin("embedding"), SimilarToOrigin("content")),
        backfill=SimilarToOrigin("content", size=None),
        filters=FILTERS,
        scorer=ItemSimilarityScorer(),
        fallback=ItemSimilarityScorer(),
        rerankers=(*FATIGUE_RERANKERS, *USER_CONTROLS, MMR()),
        requires="movie_id",
    )
