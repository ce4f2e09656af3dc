"""Home: the main personal list."""

from __future__ import annotations

from dataclasses import replace

from online.flow.flows.shared import FATIGUE_RERANKERS, FILTERS, USER_CONTROLS, FlowContext
from online.flow.rerankers.cold_start_slots import ColdStartSlots
from online.flow.rerankers.diversity.calibration import Calibration
from online.flow.rerankers.diversity.genre_diversity import GenreDiversity
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.rerankers.new_releases_for_new_users import NewReleasesForNewUsers
from online.flow.rerankers.stated_tastes import StatedTastes
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.sources.chart_source import WHOLE_CATALOGUE
from online.flow.sources.cold_movies import ColdMovies
from online.flow.sources.latest import Latest
from online.flow.sources.signal_source import signal_sources
from online.flow.sources.top_in_genres import TopInGenres
from online.flow.stages import Flow, Source


def candidate_sources() -> tuple[Source, ...]:
    """The heads of all signals, and movies that signals miss: cold movies, genres, new movies."""
    return (*signal_sources(), ColdMovies(), TopInGenres(), Latest())


def home(context: FlowContext) -> Flow:
    """The home flow.

    The release's parameters: `diversity` and `calibration` are the strengths of these rerankers,
    `cold_slots` the share of lower ranks kept for cold movies, `explore` the share of ranks that
    explore.
    """
    sources, parameters = candidate_sources(), context.parameters
    return Flow(
        name="home",
        sources=sources,
        backfill=WHOLE_CATALOGUE,
        filters=FILTERS,
        scorer=context.scorer,
        fallback=SignalScorer(),
        rerankers=(
            *FATIGUE_RERANKERS,
            *USER_CONTROLS,
            Calibration(strength=parameters.get("calibration", 0.0)),
            GenreDiversity(strength=parameters.get("diversity", 0.02)),
            MMR(),
            NewReleasesForNewUsers(row=sources.index(Latest())),
            StatedTastes(),
            ColdStartSlots(
                sources.index(ColdMovies()), parameters.get("cold_slots", ColdStartSlots.share)
            ),
            replace(context.explore, share=parameters.get("explore", 0.0)),
        ),
    )
