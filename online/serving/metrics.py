"""Prometheus metrics; one registry per application."""

from __future__ import annotations

from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from online.serving.metrics_snapshot import MetricsSnapshot, metrics_snapshot
from online.types import Page

_STAGE_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5)
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The metrics of one application."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        requests = Counter(
            "sparrow_requests", "Requests.", ["route", "method", "status"], registry=registry
        )
        request_seconds = Histogram(
            "sparrow_request_seconds",
            "Time to answer.",
            ["route"],
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        stage_seconds = Histogram(
            "sparrow_stage_seconds",
            "Time of a flow's stage.",
            ["flow", "stage"],
            buckets=_STAGE_SECONDS,
            registry=registry,
        )
        # finding a metric by its labels takes longer than counting
        self._requests = cache(requests.labels)
        self._request_seconds = cache(request_seconds.labels)
        self._stage_seconds = cache(stage_seconds.labels)
        self._degraded = Counter(
            "sparrow_degraded",
            "Stages that failed while their flow went on.",
            ["flow", "stage"],
            registry=registry,
        )
        self._pages = Counter(
            "sparrow_pages", "Lists made.", ["flow", "model", "known_user"], registry=registry
        )
        self._impressions = Counter(
            "sparrow_impressions",
            "Served lists whose record was written or dropped.",
            ["fate"],
            registry=registry,
        )
        self._release = Gauge(
            "sparrow_release_info", "1 for the release that serves.", ["release"], registry=registry
        )

    def observe_page(self, page: Page) -> None:
        """Count a list and time its stages."""
        self._pages.labels(page.flow, page.model, str(page.known_user).lower()).inc()
        for stage in page.trace:
            self._stage_seconds(page.flow, stage.name).observe(stage.milliseconds / 1000)
            if stage.error is not None:
                self._degraded.labels(page.flow, stage.name).inc()

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count and time a request; unknown methods share one label."""
        known = method if method in _METHODS else "other"
        self._requests(route, known, str(status)).inc()
        self._request_seconds(route).observe(seconds)

    def observe_impressions(self, fate: str, number: int) -> None:
        """Count impressions that were `written` or `dropped`."""
        self._impressions.labels(fate).inc(number)

    def serving(self, release: str) -> None:
        """Set the release that serves."""
        self._release.clear()
        self._release.labels(release).set(1)

    def metrics_snapshot(self) -> MetricsSnapshot:
        """The same as rows, for the admin pages."""
        return metrics_snapshot(self._registry)

    def text(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self._registry)
