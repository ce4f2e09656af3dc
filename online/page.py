"""A ranking as the page that is answered."""

from __future__ import annotations

import math
from time import perf_counter

from online.flow import NOT_FOUND, Flow, Ranked, Request
from online.types import Page, Recommended


def page_of(flow: Flow, request: Request, ranked: Ranked, made: tuple[str, float]) -> Page:
    """The part of a ranking that the query asks for.

    `made` is the id of the release, and when its making began on the clock `perf_counter`.
    """
    query, (release, start) = request.query, made
    places = range(len(ranked.candidates))[query.offset : query.offset + query.limit]
    return Page(
        items=tuple(_recommended(flow, request, ranked, place) for place in places),
        total=ranked.total,
        flow=flow.name,
        model=ranked.model,
        release=release,
        milliseconds=(perf_counter() - start) * 1000,
        trace=ranked.trace,
        known_viewer=request.viewer.known,
    )


def _recommended(flow: Flow, request: Request, ranked: Ranked, place: int) -> Recommended:
    candidates = ranked.candidates
    causes = candidates.causes[:, place]
    found_by = [row for row in range(len(causes)) if causes[row] > NOT_FOUND]
    first, position = found_by[0], int(candidates.positions[place])
    moves = {name: int(up[place]) for name, up in ranked.moves.items() if up[place]}
    parts = {name: float(part[place]) for name, part in ranked.scores.parts.items()}
    return Recommended(
        movie=request.catalogue.movies[position],
        score=float(ranked.scores.total[place]),
        sources=tuple(flow.channels[row].name for row in found_by),
        reason=flow.channels[first].reason(request, int(causes[first])),
        parts={name: part for name, part in parts.items() if not math.isnan(part)},
        moved=sum(moves.values()),
        moves=moves,
        propensity=request.propensities.get(position, 1.0),
    )
