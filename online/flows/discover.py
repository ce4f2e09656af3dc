"""Discover: off the beaten track; little known, varied, with what is new to the viewer."""

from __future__ import annotations

from dataclasses import replace

from online.flow import Flow
from online.flows.shared import FILTERS, SHOWN_BEFORE, Given
from online.rerankers.dpp import DPP
from online.rerankers.freshness import Freshness
from online.rerankers.new_to_you import NewToYou
from online.rerankers.popularity_control import PopularityControl
from online.scorers.signal import SignalScorer
from online.sources.cold_movies import ColdMovies
from online.sources.hidden_gems import HiddenGems
from online.sources.latest import Latest
from online.sources.popular import Popular
from online.sources.signal import signal_sources
from online.sources.social import Social


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
