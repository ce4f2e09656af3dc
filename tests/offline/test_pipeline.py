"""Which model a release ranks with."""

from __future__ import annotations

from offline.pipeline import EQUAL, best_of


def test_the_best_on_validation_is_the_default() -> None:
    assert best_of({"quick": 0.70, "slow": 0.75}) == "slow"
    assert best_of({"slow": 0.75, "quick": 0.70}) == "slow"


def test_of_equals_the_first_named() -> None:
    assert best_of({"quick": 0.75 - EQUAL / 2, "slow": 0.75}) == "quick"
    assert best_of({"quick": 0.75 - EQUAL * 2, "slow": 0.75}) == "slow"
