"""Home: the list that a viewer is greeted with."""

from __future__ import annotations

from dataclasses import replace

from online.flow import Flow, Source
from online.flows.shared import FILTERS, SHOWN_BEFORE, VIEWER_CONTROLS, Given
from online.rerankers.calibration import Calibration
from online.rerankers.cold_slots import ColdSlots
from online.rerankers.fresh_for_newcomers import FreshForNewcomers
from online.rerankers.genre_diversity import GenreDiversity
from online.rerankers.mmr import MMR
from online.scorers.embedding import EmbeddingScorer
from online.sources.co_rated import CoRated
from online.sources.content import Content
from online.sources.latest import Latest
from online.sources.nearest_to_user import NearestToUser
from online.sources.popular import Popular
from online.sources.similar_to_recent import SimilarToRecent
from online.sources.top_in_genres import TopInGenres
from online.sources.trending import Trending


def recall() -> tuple[Source, ...]:
    """The recall channels; the first that found a movie gives its reason."""
    return (
        Content(),
        SimilarToRecent(),
        TopInGenres(),
        CoRated(),
        CoRated(lately=True),
        NearestToUser("two_tower"),
        NearestToUser("als"),
        NearestToUser("item2vec", size=100, cosine=True),
        Trending(),
        Popular(),
        Latest(),
    )


def home(given: Given) -> Flow:
    """The home flow over a ranking.

    A release's parameters: `diversity` sets how mixed it is, `calibration`
    how closely it keeps to the viewer's genres, `cold_slots` what share of the lower
    places is kept for movies that hardly anybody rated, `explore` what share tries movies out.
    """
    sources, parameters = recall(), given.parameters
    return Flow(
        name="home",
        hydrate=given.hydrate,
        sources=sources,
        backfill=Popular(size=None, name="everything"),
        filters=FILTERS,
        scorer=given.scorer,
        fallback=EmbeddingScorer(),
        rerankers=(
            *SHOWN_BEFORE,
            *VIEWER_CONTROLS,
            Calibration(strength=parameters.get("calibration", 0.0)),
            GenreDiversity(strength=parameters.get("diversity", 0.02)),
            MMR(),
            FreshForNewcomers(row=sources.index(Latest())),
            ColdSlots(sources.index(Content()), parameters.get("cold_slots", ColdSlots.share)),
            replace(given.explore, share=parameters.get("explore", 0.0)),
        ),
    )
