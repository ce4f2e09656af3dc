from __future__ import annotations

from dataclasses import replace

import pytest

from offline.release import quality_gate
from sparrow.errors import QualityGateError
from sparrow.release.manifest import Manifest

SERVING = Manifest(
    id="old",
    created_at="2026-01-01T00:00:00+00:00",
    dataset={"name": "ml-100k"},
    feature_set_fingerprint="0",
    code_version="0",
    as_of=1,
    default_model="m",
    metrics={"m": {"auc": 0.76}},
)


def candidate(auc: float, dataset: str = "ml-100k") -> Manifest:
    return replace(SERVING, id="new", metrics={"m": {"auc": auc}}, dataset={"name": dataset})


def test_a_clearly_worse_release_is_refused_with_both_figures() -> None:
    with pytest.raises(QualityGateError, match=r"0\.7400.*0\.7600 of old"):
        quality_gate.check_release(candidate(0.74), SERVING, tolerance=0.01)


@pytest.mark.parametrize("auc", [0.751, 0.76, 0.80])
def test_what_is_as_good_within_the_tolerance_passes(auc: float) -> None:
    assert f"{auc:.4f}" in quality_gate.check_release(candidate(auc), SERVING, tolerance=0.01)


def test_a_broken_figure_does_not_pass() -> None:
    with pytest.raises(QualityGateError):
        quality_gate.check_release(candidate(float("nan")), SERVING, tolerance=0.01)


def test_first_releases_and_other_data_are_not_compared() -> None:
    assert "first" in quality_gate.check_release(candidate(0.5), None, tolerance=0.01)
    other = candidate(0.5, "ml-1m")
    assert "not comparable" in quality_gate.check_release(other, SERVING, tolerance=0.01)


@pytest.mark.parametrize("order", ["linear", "signal:ease"])
def test_a_release_ordered_by_something_simpler_is_judged_by_its_best_model(order: str) -> None:
    metrics = {"m": {"auc": 0.70}, "n": {"auc": 0.77}, "lists": {"now": 0.3}}
    simpler = replace(SERVING, id="new", default_model=order, metrics=metrics)
    assert quality_gate.default_model_auc(simpler) == 0.77
    assert "0.7700" in quality_gate.check_release(simpler, SERVING, tolerance=0.01)
    with pytest.raises(QualityGateError):
        quality_gate.check_release(candidate(0.75), simpler, tolerance=0.01)
