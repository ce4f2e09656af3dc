"""Because: movies similar to one, ranked for the user."""

from __future__ import annotations

from online.flow.flows.shared import FATIGUE_RERANKERS, FILTERS, USER_CONTROLS, FlowContext
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.scorers.item_similarity import ItemSimilarityScorer
from online.flow.sources.similar_to_origin import SimilarToOrigin
from online.flow.stages import Flow


def because(context: FlowContext) -> Flow:
    """Neighbours of `Query.movie_id`, ranked by the model; below them the catalogue by similarity.

    Without exploration: the list is too narrow.
    """
    return Flow(
        name="because",
        sources=(
            SimilarToOrigin("embedding", size=60),
            SimilarToOrigin("co-rating", size=40),
            SimilarToOrigin("content", size=20),
        ),
        backfill=SimilarToOrigin("content", size=None),
        filters=FILTERS,
        scorer=context.scorer,
        fallback=ItemSimilarityScorer(),
        rerankers=(*FATIGUE_RERANKERS, *USER_CONTROLS, MMR()),
        requires="movie_id",
    )
