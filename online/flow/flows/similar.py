"""Similar: movies like one, the most similar first, without what the viewer is done with."""

from __future__ import annotations

from online.flow.flows.shared import FILTERS, SHOWN_BEFORE, VIEWER_CONTROLS, Given
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.scorers.item_similarity import Likeness
from online.flow.sources.similar_to_origin import SimilarToOrigin
from online.flow.stages import Flow


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
