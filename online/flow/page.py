"""A ranking as the page that is answered."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from online.flow.explanations.explain import reasons
from online.flow.scorers.ranker import LikePredictor
from online.flow.stages import NOT_FOUND, Flow, Ranked, Request
from online.types import Page, Recommended
from sparrow.arrays import Int


def page_of(
    flow: Flow,
    request: Request,
    ranked: Ranked,
    made: tuple[str, float],
    likes: LikePredictor | None = None,
) -> Page:
    """The part of a ranking that the query asks for.

    `made` is the id of the release, and when its making began on the clock `perf_counter`; `likes`
    predicts how well the movies match.
    """
    query, (release, start) = request.query, made
    shown = slice(query.offset, query.offset + query.limit)
    return Page(
        items=tuple(_recommended(flow, request, ranked, shown, likes)),
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
    flow: Flow, request: Request, ranked: Ranked, shown: slice, likes: LikePredictor | None
) -> Iterator[Recommended]:
    """The movies at these places; their figures become Python's all at once, not one by one."""
    candidates, names = ranked.candidates, [channel.name for channel in flow.channels]
    found = (candidates.causes[:, shown] > NOT_FOUND).T.tolist()
    positions = candidates.positions[shown]
    totals = ranked.scores.total[shown].tolist()
    parts = _by_place(ranked.scores.parts, shown, len(positions))
    moves = _by_place(ranked.moves, shown, len(positions))
    matches = _matches(request, positions, likes)
    why = reasons(flow, request, ranked, shown)
    for place, position in enumerate(positions.tolist()):
        moved = {name: up for name, up in moves[place].items() if up}
        yield Recommended(
            movie=request.catalogue.movies[position],
            score=totals[place],
            sources=tuple([name for name, by in zip(names, found[place], strict=True) if by]),
            reason=why[place],
            parts=parts[place],
            moved=sum(moved.values()),
            moves=moved,
            match=matches[place],
            propensity=request.propensities.get(position, 1.0),
        )


def _matches(
    request: Request, positions: Int, likes: LikePredictor | None
) -> Sequence[float | None]:
    """Predicted chances of a like, to two digits; None for users of whom nothing is known."""
    if likes is None or not request.viewer.known or not len(positions):
        return [None] * len(positions)
    found: list[float | None] = np.round(likes(request, positions).astype(float), 2).tolist()
    return found


def _by_place(columns: Mapping[str, np.ndarray], shown: slice, count: int) -> list[dict[str, Any]]:
    """Columns by name as one dictionary a row, of the `count` rows `shown`; NaN is left out."""
    if not columns:
        return [{} for _ in range(count)]
    rows = np.stack([column[shown] for column in columns.values()], axis=1)
    made = [dict(zip(columns, row, strict=True)) for row in rows.tolist()]
    if np.isnan(rows).any():
        return [{n: value for n, value in row.items() if not math.isnan(value)} for row in made]
    return made
