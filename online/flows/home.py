"""Home: the list that a viewer is greeted with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from online.bandits.uniform import Uniform
from online.flow import Flow, Request, Scorer, Source
from online.flows.shared import FILTERS, VIEWER_CONTROLS
from online.rerankers.cold_slots import ColdSlots
from online.rerankers.explore import Explore
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
from online.types import Query


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


def home(
    hydrate: Callable[[Query], Awaitable[Request]],
    scorer: Scorer,
    parameters: Mapping[str, float],
    explore: Explore = Explore(Uniform(), release=""),
) -> Flow:
    """The home flow over a ranking.

    A release's parameters: `diversity` sets how mixed it is, `cold_slots` what share of the lower
    places is kept for movies that hardly anybody rated, `explore` what share tries movies out.
    """
    sources = recall()
    return Flow(
        name="home",
        hydrate=hydrate,
        sources=sources,
        backfill=Popular(size=None, name="everything"),
        filters=FILTERS,
        scorer=scorer,
        fallback=EmbeddingScorer(),
        rerankers=(
            *VIEWER_CONTROLS,
            GenreDiversity(strength=parameters.get("diversity", 0.02)),
            MMR(),
            FreshForNewcomers(row=sources.index(Latest())),
            ColdSlots(sources.index(Content()), parameters.get("cold_slots", ColdSlots.share)),
            replace(explore, share=parameters.get("explore", 0.0)),
        ),
    )
