"""Converts a ranking to a page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from online.flow.explanations.explain import reasons
from online.flow.scorers.ranker import LikePredictor
from online.flow.stages import NOT_RETRIEVED, Flow, Ranked, Request
from online.types import Page, Recommended
from sparrow.arrays import Int


def build_page(
    flow: Flow,
    request: Request,
    ranked: Ranked,
    built_by: tuple[str, float],
    likes: LikePredictor | None = None,
) -> Page:
    """The part of a ranking that the query asks for.

    `built_by` is the release's id and the start on the clock `perf_counter`; `likes` predicts
    `Recommended.match`.
    """
    query, (release, start) = request.query, built_by
    shown = slice(query.offset, query.offset + query.limit)
    return Page(
        items=tuple(_recommended(flow, request, ranked, shown, likes)),
        total=ranked.total,
        flow=flow.name,
        model=ranked.model,
        release=release,
        milliseconds=(perf_counter() - start) * 1000,
        trace=ranked.trace,
        known_user=request.user.exists,
        at=request.at,
    )


def _recommended(
    flow: Flow, request: Request, ranked: Ranked, shown: slice, likes: LikePredictor | None
) -> Iterator[Recommended]:
    """The movies at these ranks; arrays are converted to Python values all at once."""
    candidates, names = ranked.candidates, [source.name for source in flow.all_sources]
    found = (candidates.provenance[:, shown] > NOT_RETRIEVED).T.tolist()
    item_index = candidates.item_index[shown]
    totals = ranked.scores.total[shown].tolist()
    components = _rows(ranked.scores.components, shown, len(item_index))
    rank_changes = _rows(ranked.rank_changes, shown, len(item_index))
    matches = _match_probabilities(request, item_index, likes)
    why = reasons(flow, request, ranked, shown)
    for place, item in enumerate(item_index.tolist()):
        moved = {name: up for name, up in rank_changes[place].items() if up}
        yield Recommended(
            movie=request.catalogue.movies[item],
            score=totals[place],
            sources=tuple([name for name, by in zip(names, found[place], strict=True) if by]),
            reason=why[place],
            score_components=components[place],
            rank_change=sum(moved.values()),
            rank_changes=moved,
            match=matches[place],
            propensity=request.propensities.get(item, 1.0),
        )


def _match_probabilities(
    request: Request, item_index: Int, likes: LikePredictor | None
) -> Sequence[float | None]:
    """Predicted probabilities of a like, to two digits; None for unknown users."""
    if likes is None or not request.user.exists or not len(item_index):
        return [None] * len(item_index)
    found: list[float | None] = np.round(likes(request, item_index).astype(float), 2).tolist()
    return found


def _rows(columns: Mapping[str, np.ndarray], shown: slice, count: int) -> list[dict[str, Any]]:
    """Columns by name as one dictionary per row, of the `count` rows `shown`; without NaN."""
    if not columns:
        return [{} for _ in range(count)]
    rows = np.stack([column[shown] for column in columns.values()], axis=1)
    made = [dict(zip(columns, row, strict=True)) for row in rows.tolist()]
    if np.isnan(rows).any():
        return [{n: value for n, value in row.items() if not math.isnan(value)} for row in made]
    return made
