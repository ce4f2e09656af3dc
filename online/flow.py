"""A flow of recommendation as a declared composition, and its runner.

hydrate → sources (recall) → filters → scorer → rerankers. A failing source is dropped, a failing
scorer falls back; both are traced. NaN sinks, ties break by movie id, each stage leaves a trace.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from online.catalogue import Catalogue
from online.trace import Tracer
from online.types import Query, Stage
from online.viewers import ViewerState
from sparrow.events import Int

NOT_FOUND = -2
NO_CAUSE = -1


@dataclass(frozen=True)
class Request:
    """A hydrated query: everything that stages may look at."""

    query: Query
    viewer: ViewerState
    catalogue: Catalogue
    at: int  # seconds since 1970

    @cached_property
    def seen(self) -> Int:
        """Positions of the movies that the viewer rated, oldest first."""
        return self.catalogue.positions(self.viewer.history["movie_id"])

    @cached_property
    def scope(self) -> np.ndarray:
        """Which movies the query asks about: `(movies,)` bool."""
        if self.query.genre is None:
            return np.ones(len(self.catalogue), dtype=bool)
        return self.catalogue.in_genre(self.query.genre)

    @cached_property
    def open(self) -> np.ndarray:
        """What sources should look at: the scope without what the viewer rated, `(movies,)` bool.

        Recall that spends its places on movies which a filter drops leaves too few to rank.
        """
        mask = self.scope.copy()
        mask[self.seen] = False
        return mask


@dataclass(frozen=True)
class Found:
    """What a source found, best first and without repeats."""

    positions: Int  # (n,)
    causes: Int | None = None  # (n,) what led there, a number that the source's `reason` reads


class Source(Protocol):
    """A recall channel."""

    @property
    def name(self) -> str:
        """What the trace calls it."""
        ...

    def __call__(self, request: Request) -> Found:
        """Candidates for a request; none when it has nothing to go by."""
        ...

    def reason(self, request: Request, cause: int) -> str:
        """Why it found a movie, in one true sentence."""
        ...


class Filter(Protocol):
    """Decides which candidates may be shown."""

    @property
    def name(self) -> str:
        """Why a movie was dropped, in words."""
        ...

    def __call__(self, request: Request, positions: Int) -> np.ndarray:
        """`(n,)` bool: True keeps."""
        ...


@dataclass(frozen=True)
class Scores:
    """How good candidates are for a viewer."""

    total: np.ndarray  # (n,)
    parts: Mapping[str, np.ndarray]  # (n,) each, what the total is made of


class Scorer(Protocol):
    """Ranks candidates."""

    @property
    def name(self) -> str:
        """What answers name as the model."""
        ...

    def __call__(self, request: Request, positions: Int) -> Scores:
        """Scores of the candidates at `positions`, higher is better; may hold NaN."""
        ...


@dataclass(frozen=True)
class Candidates:
    """Movies on their way through a flow, ascending by id until they are ranked."""

    positions: Int  # (n,)
    causes: np.ndarray  # (sources, n): the source's cause, NO_CAUSE, or NOT_FOUND by it

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, index: np.ndarray) -> Candidates:
        """The candidates that a mask or an order picks."""
        return Candidates(self.positions[index], self.causes[:, index])


class Reranker(Protocol):
    """Rearranges a ranked list."""

    @property
    def name(self) -> str:
        """What the trace calls it."""
        ...

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order as places in the old one."""
        ...


@dataclass(frozen=True)
class Flow:
    """A menu: read it from top to bottom."""

    name: str
    hydrate: Callable[[Query], Awaitable[Request]]
    sources: tuple[Source, ...]  # the first that found a movie gives its reason
    backfill: Source  # asked when too few candidates pass the filters
    filters: tuple[Filter, ...]
    scorer: Scorer
    fallback: Scorer
    rerankers: tuple[Reranker, ...]

    @property
    def channels(self) -> tuple[Source, ...]:
        """All that can find a movie: the rows of `Candidates.causes`."""
        return (*self.sources, self.backfill)


@dataclass(frozen=True)
class Ranked:
    """The outcome of a flow, best first."""

    candidates: Candidates
    scores: Scores
    moved: Int  # (n,) places that rerankers moved each movie up
    model: str
    trace: tuple[Stage, ...]


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
