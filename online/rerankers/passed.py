"""Passed: when others are asked for, what was just shown goes below them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow import Candidates, Request
from online.membership import is_among
from sparrow.events import Int


@dataclass(frozen=True)
class Passed:
    """Puts the movies that were shown before others were asked for below all others."""

    name: str = "passed"

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order; both parts keep theirs."""
        passed = is_among(candidates.positions, request.passed)
        return np.argsort(passed, kind="stable")
