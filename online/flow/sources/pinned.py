"""Pinned: movies that a merchandising rule pins."""

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
        """Contains the rule's name."""
        return f"rule-{self.rule.name}"

    def __call__(self, request: Request) -> SourceResult:
        """The rule's eligible movies."""
        found = request.catalogue.item_index(dict.fromkeys(self.rule.movies))
        return SourceResult(np.asarray(found[request.eligible[found]]))

    def reason(self, request: Request, cause: int) -> Reason | None:
        """The rule's own text."""
        return Reason("own_words", {"text": self.rule.reason})
