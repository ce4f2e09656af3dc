"""A ranking as the page that is answered."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any

import numpy as np

from online.flow import NOT_FOUND, Flow, Ranked, Request
from online.types import Page, Recommended


def page_of(flow: Flow, request: Request, ranked: Ranked, made: tuple[str, float]) -> Page:
    """The part of a ranking that the query asks for.

    `made` is the id of the release, and when its making began on the clock `perf_counter`.
    """
    query, (release, start) = request.query, made
    shown = slice(query.offset, query.offset + query.limit)
    return Page(
        items=tuple(_recommended(flow, request, ranked, shown)),
        total=ranked.total,
        flow=flow.name,
        model=ranked.model,
        release=release,
        milliseconds=(perf_counter() - start) * 1000,
        trace=ranked.trace,
        known_viewer=request.viewer.known,
        at=request.at,
    )


def _recommended(
    flow: Flow, request: Request, ranked: Ranked, shown: slice
) -> Iterator[Recommended]:
    """The movies at these places; their figures become Python's all at once, not one by one."""
    channels, candidates = flow.channels, ranked.candidates
    names = [channel.name for channel in channels]
    positions = candidates.positions[shown].tolist()
    causes = candidates.causes[:, shown].T.tolist()
    totals = ranked.scores.total[shown].tolist()
    parts = _by_place(ranked.scores.parts, shown, len(positions))
    moves = _by_place(ranked.moves, shown, len(positions))
    for place, position in enumerate(positions):
        found_by = [row for row, cause in enumerate(causes[place]) if cause > NOT_FOUND]
        first = found_by[0]
        moved = {name: up for name, up in moves[place].items() if up}
        yield Recommended(
            movie=request.catalogue.movies[position],
            score=totals[place],
            sources=tuple([names[row] for row in found_by]),
            reason=channels[first].reason(request, causes[place][first]),
            parts={n: part for n, part in parts[place].items() if not math.isnan(part)},
            moved=sum(moved.values()),
            moves=moved,
            propensity=request.propensities.get(position, 1.0),
        )


def _by_place(columns: Mapping[str, np.ndarray], shown: slice, count: int) -> list[dict[str, Any]]:
    """Columns by name as one dictionary a row, of the `count` rows `shown`."""
    values = {name: column[shown].tolist() for name, column in columns.items()}
    return [{name: rows[row] for name, rows in values.items()} for row in range(count)]
