"""Discover: off the beaten track; little known, varied, with what is new to the viewer."""

from __future__ import annotations

from dataclasses import replace

from online.flow.flows.shared import FILTERS, SHOWN_BEFORE, Given
from online.flow.rerankers.diversity.dpp import DPP
from online.flow.rerankers.diversity.genre_novelty import NewToYou
from online.flow.rerankers.freshness import Freshness
from online.flow.rerankers.popularity_control import PopularityControl
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.sources.cold_movies import ColdMovies
from online.flow.sources.hidden_gems import HiddenGems
from online.flow.sources.latest import Latest
from online.flow.sources.popular import Popular
from online.flow.sources.signal_source import signal_sources
from online.flow.sources.user_knn import Social
from online.flow.stages import Flow


def discover(given: Given) -> Flow:
    """Twice the home flow's share of explored places, and never less than a tenth."""
    return Flow(
        name="discover",
        hydrate=given.hydrate,
        sources=(
            *signal_sources(),
            ColdMovies(),
            Social(given.peers),
            HiddenGems(size=150),
            Latest(),
        ),
        backfill=Popular(size=None, name="everything"),
        filters=FILTERS,
        scorer=given.scorer,
        fallback=SignalScorer(),
        rerankers=(
            *SHOWN_BEFORE,
            PopularityControl(wish=-0.3),
            Freshness(),
            DPP(wish=0.5),
            NewToYou(),
            replace(given.explore, share=max(0.1, 2 * given.parameters.get("explore", 0.0))),
        ),
    )
