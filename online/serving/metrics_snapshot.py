"""The metrics of one process as rows, read from its Prometheus registry."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.samples import Sample

Key = tuple[str, ...]
Buckets = Sequence[tuple[float, float]]  # (upper bound in seconds, observations up to it)


@dataclass(frozen=True)
class Timing:
    """Count and latency."""

    count: int
    p50: float  # milliseconds, like the next
    p95: float


@dataclass(frozen=True)
class RouteMetrics:
    """The requests of one route."""

    route: str
    timing: Timing
    refused: int  # answered 4xx
    failed: int  # answered 5xx


@dataclass(frozen=True)
class StageMetrics:
    """One stage of one flow."""

    flow: str
    stage: str
    timing: Timing
    degraded: int  # number of failures that the flow survived


@dataclass(frozen=True)
class ListMetrics:
    """Lists ranked by one model."""

    flow: str
    model: str
    known_user: bool  # False: for an unknown user
    count: int


@dataclass(frozen=True)
class MetricsSnapshot:
    """All metrics since the process started."""

    routes: tuple[RouteMetrics, ...]  # the most frequent first
    stages: tuple[StageMetrics, ...]  # the slowest first
    lists: tuple[ListMetrics, ...]  # the most frequent first
    impressions: Mapping[str, int]  # by outcome: `written`, `dropped`


def metrics_snapshot(registry: CollectorRegistry) -> MetricsSnapshot:
    """The snapshot of `online.serving.metrics`."""
    samples = {metric.name: metric.samples for metric in registry.collect()}
    statuses = _counts(samples["sparrow_requests"], "route", "status")
    degraded = _counts(samples["sparrow_degraded"], "flow", "stage")
    routes = [
        RouteMetrics(key[0], timing, _of(statuses, key, "4"), _of(statuses, key, "5"))
        for key, timing in _timings(samples["sparrow_request_seconds"], "route").items()
    ]
    stages = [
        StageMetrics(flow, stage, timing, degraded.get((flow, stage), 0))
        for (flow, stage), timing in _timings(
            samples["sparrow_stage_seconds"], "flow", "stage"
        ).items()
    ]
    made = _counts(samples["sparrow_pages"], "flow", "model", "known_user")
    lists = [ListMetrics(f, model, known == "true", n) for (f, model, known), n in made.items()]
    fates = _counts(samples["sparrow_impressions"], "fate")
    return MetricsSnapshot(
        tuple(sorted(routes, key=lambda row: (-row.timing.count, row.route))),
        tuple(sorted(stages, key=lambda row: (-row.timing.p95, row.flow, row.stage))),
        tuple(sorted(lists, key=lambda row: (-row.count, row.flow, row.model))),
        {fate: count for (fate,), count in fates.items()},
    )


def quantile(buckets: Buckets, share: float) -> float:
    """The quantile `share` of observations, as Prometheus estimates it.

    `buckets` ascend and end with an infinite bound. Observations are assumed to be uniform within a
    bucket; in the last one the result is its lower bound.
    """
    wanted, below, lower = share * buckets[-1][1], 0.0, 0.0
    for bound, count in buckets:
        if count >= wanted and count > below:
            if math.isinf(bound):
                return lower
            return lower + (bound - lower) * (wanted - below) / (count - below)
        below, lower = count, bound
    return 0.0


def _timings(samples: Iterable[Sample], *labels: str) -> dict[Key, Timing]:
    buckets: dict[Key, list[tuple[float, float]]] = defaultdict(list)
    for sample in samples:
        if sample.name.endswith("_bucket"):
            key = tuple(sample.labels[label] for label in labels)
            buckets[key].append((float(sample.labels["le"]), sample.value))
    return {
        key: Timing(int(found[-1][1]), 1000 * quantile(found, 0.5), 1000 * quantile(found, 0.95))
        for key, found in buckets.items()
    }


def _counts(samples: Iterable[Sample], *labels: str) -> dict[Key, int]:
    counts: dict[Key, int] = defaultdict(int)
    for sample in samples:
        if sample.name.endswith("_total"):
            counts[tuple(sample.labels[label] for label in labels)] += int(sample.value)
    return counts


def _of(statuses: Mapping[Key, int], route: Key, hundreds: str) -> int:
    return sum(
        count
        for (name, status), count in statuses.items()
        if name == route[0] and status.startswith(hundreds)
    )
