"""Figures of the Prometheus registry as rows."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from online.serving.metrics import Metrics
from online.serving.metrics_snapshot import quantile
from online.types import Page, Stage


def page(*stages: Stage) -> Page:
    return Page((), 0, "home", "din", "r", 1.0, stages, known_user=True)


def test_half_of_what_is_spread_evenly_lies_below_the_middle():
    assert quantile([(1.0, 10), (2.0, 20), (math.inf, 20)], 0.5) == pytest.approx(1.0)
    assert quantile([(1.0, 10), (2.0, 20), (math.inf, 20)], 0.75) == pytest.approx(1.5)


def test_beyond_the_last_bound_that_bound_is_said():
    assert quantile([(1.0, 0), (math.inf, 7)], 0.95) == 1.0


@given(st.lists(st.floats(0, 10), min_size=1, max_size=50), st.floats(0.01, 1))
def test_a_quantile_is_in_the_bucket_of_the_true_one(values, share):
    bounds = [0.0, 1.0, 2.5, 5.0, 10.0, math.inf]
    buckets = [(bound, sum(v <= bound for v in values)) for bound in bounds]
    true = sorted(values)[math.ceil(share * len(values)) - 1]
    above = next(place for place, bound in enumerate(bounds) if true <= bound)
    assert bounds[max(above - 1, 0)] <= quantile(buckets, share) <= bounds[above]


def test_routes_with_their_errors_the_most_asked_first():
    metrics = Metrics()
    metrics.observe_request("/rare", "GET", 200, 0.002)
    for status in (200, 404, 422, 500):
        metrics.observe_request("/often", "GET", status, 0.04)
    often, rare = metrics.metrics_snapshot().routes
    assert (often.route, often.timing.count, often.refused, often.failed) == ("/often", 4, 2, 1)
    assert 25 <= often.timing.p50 <= often.timing.p95 <= 50
    assert (rare.route, rare.refused, rare.failed) == ("/rare", 0, 0)


def test_stages_the_slowest_first_with_what_failed():
    metrics = Metrics()
    for _ in range(2):
        metrics.observe_page(
            page(Stage("merge", 0.2, 1, 1), Stage("source/als", 30.0, 0, 0, error="broken"))
        )
    slow, quick = metrics.metrics_snapshot().stages
    assert (slow.stage, slow.degraded, slow.timing.count) == ("source/als", 2, 2)
    assert (quick.stage, quick.degraded) == ("merge", 0)
    assert quick.timing.p95 < 1 < slow.timing.p50
    (made,) = metrics.metrics_snapshot().lists
    assert (made.flow, made.model, made.known_user, made.count) == ("home", "din", True, 2)


def test_nothing_measured_is_nothing():
    told = Metrics().metrics_snapshot()
    assert (told.routes, told.stages, told.lists, told.impressions) == ((), (), (), {})
    assert quantile([(1.0, 0), (math.inf, 0)], 0.5) == 0.0
