"""Discover: little known and diverse movies, with genres that are new to the user."""

from __future__ import annotations

from dataclasses import replace

from online.flow.flows.shared import FATIGUE_RERANKERS, FILTERS, FlowContext
from online.flow.rerankers.diversity.dpp import DPP
from online.flow.rerankers.diversity.genre_novelty import GenreNovelty
from online.flow.rerankers.freshness import Freshness
from online.flow.rerankers.popularity_control import PopularityControl
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.sources.chart_source import WHOLE_CATALOGUE, hidden_gems
from online.flow.sources.cold_movies import ColdMovies
from online.flow.sources.latest import Latest
from online.flow.sources.signal_source import signal_sources
from online.flow.sources.user_knn import UserKnn
from online.flow.stages import Flow


def discover(context: FlowContext) -> Flow:
    """Explores twice the home flow's share of ranks, at least a tenth."""
    return Flow(
        name="discover",
        sources=(
            *signal_sources(),
            ColdMovies(),
            UserKnn(context.neighbours),
            hidden_gems(150),
            Latest(),
        ),
        backfill=WHOLE_CATALOGUE,
        filters=FILTERS,
        scorer=context.scorer,
        fallback=SignalScorer(),
        rerankers=(
            *FATIGUE_RERANKERS,
            PopularityControl(popularity=-0.3),
            Freshness(),
            DPP(diversity=0.5),
            GenreNovelty(),
            replace(context.explore, share=max(0.1, 2 * context.parameters.get("explore", 0.0))),
        ),
    )
