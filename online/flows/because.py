"""Because: movies like one, the best for this viewer first."""

from __future__ import annotations

from online.flow import Flow
from online.flows.shared import FILTERS, SHOWN_BEFORE, VIEWER_CONTROLS, Given
from online.rerankers.mmr import MMR
from online.scorers.likeness import Likeness
from online.sources.similar_to_origin import SimilarToOrigin


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
