"""Session: what somebody does right now counts most; for visitors without an id above all."""

from __future__ import annotations

from online.flow import Flow
from online.flows.shared import FILTERS, SHOWN_BEFORE, VIEWER_CONTROLS, Given
from online.rerankers.mmr import MMR
from online.scorers.blend import Blend
from online.scorers.embedding import EmbeddingScorer
from online.sources.co_rated import CoRated
from online.sources.latest import Latest
from online.sources.nearest_to_user import NearestToUser
from online.sources.popular import Popular
from online.sources.similar_to_clicked import SimilarToClicked
from online.sources.similar_to_recent import SimilarToRecent
from online.sources.trending import Trending


def session(given: Given) -> Flow:
    """The last clicks and likes lead; a blend hears the whole history by its recent part only."""
    scorer = given.scorer
    return Flow(
        name="session",
        hydrate=given.hydrate,
        sources=(
            SimilarToClicked(),
            SimilarToRecent(liked=5),
            CoRated(lately=True),
            NearestToUser("item2vec", size=100, cosine=True),
            Trending(),
            Popular(size=50),
            Latest(size=25),
        ),
        backfill=Popular(size=None, name="everything"),
        filters=FILTERS,
        scorer=scorer.lately() if isinstance(scorer, Blend) else scorer,
        fallback=EmbeddingScorer(),
        rerankers=(*SHOWN_BEFORE, *VIEWER_CONTROLS, MMR()),
        follows_clicks=True,
    )
