"""Runs a flow.

A failing source is dropped and a failing scorer falls back; both are traced. NaN scores rank last,
ties break by movie id, and a movie with several ids is listed once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter

import numpy as np

from online.flow.stages import (
    NO_PROVENANCE,
    NOT_RETRIEVED,
    Candidates,
    Flow,
    Ranked,
    Request,
    Scores,
    SourceResult,
)
from online.flow.trace import StageTimer, Tracer
from online.runtime.sorted_isin import isin_sorted
from online.types import Query
from sparrow.arrays import Int

_DUPLICATE = "listed under a better placed id"


Hydrate = Callable[[Query], Awaitable[Request]]
"""Reads the query's user."""


async def hydrate(load: Hydrate, query: Query, tracer: Tracer) -> Request:
    """The request of a query, with its user's state; traced."""
    with tracer.stage("hydrate") as stage:
        request = await load(query)
        stage.after = len(request.user.history)
        stage.error = request.user.error or request.user.stale_reason
    return request


async def run(flow: Flow, request: Request, tracer: Tracer) -> Ranked:
    """Rank a hydrated request; in a thread if a remote scorer has to be awaited."""
    if flow.remote_scorer is not None:  # other requests should not wait for the network too
        return await asyncio.to_thread(rank, flow, request, tracer)
    return rank(flow, request, tracer)


def rank(flow: Flow, request: Request, tracer: Tracer | None = None) -> Ranked:
    """Run the flow from its sources on.

    The order does not depend on the page: all recalled candidates are always ranked, and the
    backfill follows below. The outcome may lack ranks that the query does not ask for, but `total`
    counts them.
    """
    tracer = tracer or Tracer()
    end = request.query.offset + request.query.limit
    recalled = _filter(flow, request, _retrieve(flow, request, tracer), tracer)
    recalled = _without_skipped(request, recalled, tracer)
    duplicates = request.catalogue.duplicates
    total = max(_total(flow, request, tracer), duplicates.count(recalled.item_index))
    if request.query.offset >= total:
        nothing, nowhere = recalled.take(np.empty(0, dtype=np.int64)), np.empty(0, dtype=np.int64)
        return Ranked(nothing, Scores(nowhere, {}), {}, flow.scorer.name, tracer.stages, total)
    ranked, scores, moves, model = _ranked(flow, request, recalled, tracer)
    if end > len(ranked):
        below, marks = _backfill_page(flow, request, recalled.item_index, tracer)
        ranked, scores = ranked.concat(below), scores.concat(marks)
        moves = {name: np.pad(up, (0, len(below))) for name, up in moves.items()}
    return Ranked(ranked, scores, moves, model, tracer.stages, total)


def _ranked(
    flow: Flow, request: Request, candidates: Candidates, tracer: Tracer
) -> tuple[Candidates, Scores, dict[str, Int], str]:
    """Ranked candidates, their scores, the rank changes by reranker, and the scorer's name."""
    scores, model = _score(flow, request, candidates, tracer)
    order = _descending_order(scores)
    if request.catalogue.duplicates:
        with tracer.stage("duplicates", before=len(order)) as stage:
            order = _deduplicated_order(request, candidates.item_index, order, stage)
    ranked, by_place, places = candidates.take(order), scores.total[order], np.arange(len(order))
    moves: dict[str, Int] = {}
    rerankers = flow.rerankers
    if request.slate is not None and flow.slate_order is not None:
        rerankers = (*rerankers, flow.slate_order)
    for reranker in rerankers:
        with tracer.stage(f"rerank/{reranker.name}", before=len(order), after=len(order)):
            moved = reranker(request, ranked, by_place)
        if not np.array_equal(moved, places):
            ranked, order = ranked.take(moved), order[moved]
            moves = {name: up[moved] for name, up in moves.items()} | {
                reranker.name: moved - places
            }
    return ranked, scores.take(order), moves, model


def _backfill_page(
    flow: Flow, request: Request, above: Int, tracer: Tracer
) -> tuple[Candidates, Scores]:
    """All other movies of the backfill, by the fallback scorer, which is fast for many movies.

    Skipped movies come last. Only pages that reach below the recalled candidates need this.
    """
    with tracer.stage(f"below/{flow.fallback.name}") as stage:
        rest = _backfill_items(flow, request)
        rest = rest[~isin_sorted(rest, request.catalogue.duplicates.with_duplicates(above))]
        stage.before = stage.after = len(rest)
        scores = flow.fallback(request, rest)
        order = _descending_order(scores)
        skipped = request.catalogue.duplicates.with_duplicates(request.skipped)
        order = order[np.argsort(isin_sorted(rest[order], skipped), kind="stable")]
        order = _deduplicated_order(request, rest, order, stage)
    candidates = _merge({len(flow.sources): SourceResult(rest)}, len(flow.all_sources))
    return candidates.take(order), scores.take(order)


def _descending_order(scores: Scores) -> Int:
    # NaN ranks last; candidates ascend by id, so a stable sort breaks ties by id
    total = np.where(np.isnan(scores.total), -np.inf, scores.total)
    order: Int = np.argsort(-total, kind="stable")
    return order


def _deduplicated_order(request: Request, item_index: Int, order: Int, stage: StageTimer) -> Int:
    """An order, best first, without the duplicates of a movie that is ranked above."""
    if not request.catalogue.duplicates:
        return order
    first = request.catalogue.duplicates.is_first_of_group(item_index[order])
    stage.after = int(np.count_nonzero(first))
    if stage.after < len(order):
        stage.dropped = {_DUPLICATE: len(order) - stage.after}
    kept: Int = order[first]
    return kept


def _retrieve(flow: Flow, request: Request, tracer: Tracer) -> Candidates:
    found = {}
    start = perf_counter()
    for row, source in enumerate(flow.sources):
        with tracer.stage(f"source/{source.name}", swallow_errors=True) as stage:
            if row and (perf_counter() - start) * 1000 > flow.recall_milliseconds:
                stage.error = f"skipped: recall had {flow.recall_milliseconds:g} ms"
                continue
            found[row] = source(request)
            stage.after = len(found[row].item_index)
    with tracer.stage("merge") as stage:
        merged = _merge(found, len(flow.all_sources))
        stage.before = sum(len(f.item_index) for f in found.values())
        if request.slate is not None:  # a source may have missed its time limit this time
            slate = request.slate.movies
            lost = slate[~isin_sorted(slate, merged.item_index)]
            if len(lost):
                merged = _merge(
                    found | {len(flow.sources): SourceResult(lost)}, len(flow.all_sources)
                )
            if request.catalogue.duplicates:  # a movie keeps the id that the slate has
                others = np.setdiff1d(request.catalogue.duplicates.with_duplicates(slate), slate)
                merged = merged.take(~isin_sorted(merged.item_index, others))
        stage.after = len(merged)
    return merged


def _merge(found: Mapping[int, SourceResult], source_count: int) -> Candidates:
    everything = [np.empty(0, dtype=np.int64), *(f.item_index for f in found.values())]
    item_index, places = np.unique(np.concatenate(everything), return_inverse=True)
    provenance, start = np.full((source_count, len(item_index)), NOT_RETRIEVED), 0
    for row, f in found.items():
        end = start + len(f.item_index)
        provenance[row, places[start:end]] = NO_PROVENANCE if f.provenance is None else f.provenance
        start = end
    return Candidates(item_index, provenance)


def _filter(flow: Flow, request: Request, candidates: Candidates, tracer: Tracer) -> Candidates:
    for each in flow.filters:
        with tracer.stage(f"filter/{each.name}", before=len(candidates)) as stage:
            keep = each(request, candidates.item_index)
            stage.after = int(np.count_nonzero(keep))
            if stage.before > stage.after:
                candidates = candidates.take(keep)
                stage.dropped = {each.name: stage.before - stage.after}
    return candidates


def _without_skipped(request: Request, candidates: Candidates, tracer: Tracer) -> Candidates:
    """The candidates without those shown before a refresh, which rank below all others."""
    if not len(request.skipped):
        return candidates
    with tracer.stage("skipped", before=len(candidates)) as stage:
        skipped = request.catalogue.duplicates.with_duplicates(request.skipped)
        keep = ~isin_sorted(candidates.item_index, skipped)
        if request.slate is not None:
            keep |= isin_sorted(candidates.item_index, request.slate.movies)
        stage.after = int(np.count_nonzero(keep))
        if stage.before > stage.after:
            stage.dropped = {"shown just now": stage.before - stage.after}
    return candidates.take(keep)


def _total(flow: Flow, request: Request, tracer: Tracer) -> int:
    """Number of movies of the backfill that pass the filters, recalled candidates included.

    They are counted without being listed: only `touched_items` can be missing.
    """
    total = 0
    with tracer.stage("backfill", swallow_errors=True) as stage:
        subset, unknown = request.subset, flow.backfill.unreachable(request)
        duplicates = request.catalogue.duplicates
        named = np.unique(
            duplicates.with_duplicates(np.concatenate([request.touched_items, unknown]))
        )
        named = named[subset.mask[named]]
        left = named[~isin_sorted(named, unknown)]
        others = subset.size - duplicates.count(named)
        stage.before = others + duplicates.count(left)
        for each in flow.filters if len(left) else ():
            left = left[each(request, left)]
        total = stage.after = others + duplicates.count(left)
    return total


def _backfill_items(flow: Flow, request: Request) -> Int:
    """item_index of what `_total` counts, ascending."""
    found = np.sort(flow.backfill(request).item_index)
    for each in flow.filters:
        found = found[each(request, found)]
    return found


def _score(
    flow: Flow, request: Request, candidates: Candidates, tracer: Tracer
) -> tuple[Scores, str]:
    """Scores and name of the first scorer that gives a candidate a finite score."""
    count = len(candidates)
    remote = () if flow.remote_scorer is None else (("remote", flow.remote_scorer),)
    for where, scorer in (*remote, ("score", flow.scorer)):
        with tracer.stage(
            f"{where}/{scorer.name}", before=count, after=count, swallow_errors=True
        ) as stage:
            scores = scorer(request, candidates.item_index)
            if count == 0 or np.isfinite(scores.total).any():
                return scores, scorer.name
            stage.error = "no candidate got a number"
    name = flow.fallback.name
    with tracer.stage(f"score/{name}", before=count, after=count):
        return flow.fallback(request, candidates.item_index), name
