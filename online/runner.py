"""Runs a flow.

A failing source is dropped, a failing scorer falls back; both are traced. NaN sinks, ties break by
movie id, each stage leaves a trace.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from online.flow import (
    NO_CAUSE,
    NOT_FOUND,
    Candidates,
    Flow,
    Found,
    Ranked,
    Request,
    Scores,
)
from online.trace import Tracer
from online.types import Query


async def run(flow: Flow, query: Query) -> tuple[Request, Ranked]:
    """Hydrate a query and rank for it."""
    tracer = Tracer()
    with tracer.stage("hydrate") as stage:
        request = await flow.hydrate(query)
        stage.after = len(request.viewer.history)
        stage.error = request.viewer.error
    return request, rank(flow, request, tracer)


def rank(flow: Flow, request: Request, tracer: Tracer | None = None) -> Ranked:
    """The flow from its sources on; for requests that are hydrated already."""
    tracer = tracer or Tracer()
    candidates = _filter(flow, request, _recall(flow, request, tracer), tracer)
    if len(candidates) < request.query.offset + request.query.limit:
        candidates = _backfill(flow, request, candidates, tracer)
    scores, model = _score(flow, request, candidates, tracer)
    # NaN sinks below every number; candidates ascend by id, so a stable sort breaks ties by id
    order = np.argsort(-np.where(np.isnan(scores.total), -np.inf, scores.total), kind="stable")
    place = np.arange(len(order))
    for reranker in flow.rerankers:
        with tracer.stage(f"rerank/{reranker.name}", before=len(order), after=len(order)):
            moved = reranker(request, candidates.take(order), scores.total[order])
            order, place = order[moved], place[moved]
    return Ranked(
        candidates.take(order),
        Scores(scores.total[order], {name: part[order] for name, part in scores.parts.items()}),
        place - np.arange(len(place)),
        model,
        tracer.stages,
    )


def _recall(flow: Flow, request: Request, tracer: Tracer) -> Candidates:
    found = {}
    for row, source in enumerate(flow.sources):
        with tracer.stage(f"source/{source.name}", survives=True) as stage:
            found[row] = source(request)
            stage.after = len(found[row].positions)
    with tracer.stage("merge") as stage:
        merged = _merge(found, len(flow.channels))
        stage.before = sum(len(f.positions) for f in found.values())
        stage.after = len(merged)
    return merged


def _merge(found: Mapping[int, Found], channels: int) -> Candidates:
    everything = [f.positions for f in found.values()]
    positions = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *everything]))
    causes = np.full((channels, len(positions)), NOT_FOUND)
    for row, f in found.items():
        causes[row, np.searchsorted(positions, f.positions)] = (
            NO_CAUSE if f.causes is None else f.causes
        )
    return Candidates(positions, causes)


def _filter(flow: Flow, request: Request, candidates: Candidates, tracer: Tracer) -> Candidates:
    for each in flow.filters:
        with tracer.stage(f"filter/{each.name}", before=len(candidates)) as stage:
            keep = each(request, candidates.positions)
            candidates = candidates.take(keep)
            stage.after = len(candidates)
            if stage.before > stage.after:
                stage.dropped = {each.name: stage.before - stage.after}
    return candidates


def _backfill(flow: Flow, request: Request, candidates: Candidates, tracer: Tracer) -> Candidates:
    """Add what the backfill source knows, so that a list is as long as it was asked for."""
    with tracer.stage("backfill", before=len(candidates), survives=True) as stage:
        more = _merge({len(flow.sources): flow.backfill(request)}, len(flow.channels))
        more = more.take(~np.isin(more.positions, candidates.positions))
        for each in flow.filters:
            more = more.take(each(request, more.positions))
        positions = np.concatenate([candidates.positions, more.positions])
        causes = np.concatenate([candidates.causes, more.causes], axis=1)
        candidates = Candidates(positions, causes).take(np.argsort(positions))
        stage.after = len(candidates)
    return candidates


def _score(
    flow: Flow, request: Request, candidates: Candidates, tracer: Tracer
) -> tuple[Scores, str]:
    count = len(candidates)
    name = flow.scorer.name
    with tracer.stage(f"score/{name}", before=count, after=count, survives=True) as stage:
        scores = flow.scorer(request, candidates.positions)
        if count == 0 or np.isfinite(scores.total).any():
            return scores, name
        stage.error = "no candidate got a number"
    name = flow.fallback.name
    with tracer.stage(f"score/{name}", before=count, after=count):
        return flow.fallback(request, candidates.positions), name
