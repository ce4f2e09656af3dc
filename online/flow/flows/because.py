"""Because: movies like one, the best for this viewer first."""

from __future__ import annotations

from online.flow.flows.shared import FILTERS, SHOWN_BEFORE, VIEWER_CONTROLS, Given
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.scorers.item_similarity import Likeness
from online.flow.sources.similar_to_origin import SimilarToOrigin
from online.flow.stages import Flow


def because(given: Given) -> Flow:
    """Because-you-watched: neighbours of `Query.movie_id`, ranked by the model.

    Below them the rest of the catalogue, by likeness; nothing is tried out in so narrow a list.
    """
    return Flow(
        name="because",
        hydrate=given.hydrate,
        sources=(
            SimilarToOrigin("embedding", size=60),
            SimilarToOrigin("co-rating", size=40),
            SimilarToOrigin("content", size=20),
        ),
        backfill=SimilarToOrigin("content", size=None),
        filters=FILTERS,
        scorer=given.scorer,
        fallback=Likeness(),
        rerankers=(*SHOWN_BEFORE, *VIEWER_CONTROLS, MMR()),
        needs="movie_id",
    )
