"""Pinned: movies that a rule of the house wants in every list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.flow.merchandising import Rule
from online.flow.stages import Request, SourceResult
from online.reason import Reason


@dataclass(frozen=True)
class Pinned:
    """Recalls the movies of one rule."""

    rule: Rule

    @property
    def name(self) -> str:
        """Names the rule."""
        return f"rule-{self.rule.name}"

    def __call__(self, request: Request) -> SourceResult:
        """Those of the query's subset that the user is not done with."""
        found = request.catalogue.item_index(dict.fromkeys(self.rule.movies))
        return SourceResult(np.asarray(found[request.eligible[found]]))

    def reason(self, request: Request, cause: int) -> Reason | None:
        """What the rule says."""
        return Reason("own_words", {"text": self.rule.reason})
