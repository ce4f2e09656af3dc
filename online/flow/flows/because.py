"""Because: movies like one, the best for this user first."""

from __future__ import annotations

from online.flow.flows.shared import FATIGUE_RERANKERS, FILTERS, USER_CONTROLS, FlowContext
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.scorers.item_similarity import ItemSimilarityScorer
from online.flow.sources.similar_to_origin import SimilarToOrigin
from online.flow.stages import Flow


def because(context: FlowContext) -> Flow:
    """Because-you-watched: neighbours of `Query.movie_id`, ranked by the model.

    Below them the rest of the catalogue, by likeness; nothing is tried out in so narrow a list.
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
