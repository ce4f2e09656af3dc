"""Similar: movies like one, the most similar first, without what the viewer is done with."""

from __future__ import annotations

from online.flow import Flow
from online.flows.shared import FILTERS, SHOWN_BEFORE, VIEWER_CONTROLS, Given
from online.rerankers.mmr import MMR
from online.scorers.likeness import Likeness
from online.sources.similar_to_origin import SimilarToOrigin


def similar(given: Given) -> Flow:
    """Whatever model is asked for: likeness to `Query.movie_id` ranks, not taste."""
    return Flow(
        name="similar",
        hydrate=given.hydrate,
        sources=(SimilarToOrigin("embedding"), SimilarToOrigin("content")),
        backfill=SimilarToOrigin("content", size=None),
        filters=FILTERS,
        scorer=Likeness(),
        fallback=Likeness(),
        rerankers=(*SHOWN_BEFORE, *VIEWER_CONTROLS, MMR()),
        needs="movie_id",
    )
