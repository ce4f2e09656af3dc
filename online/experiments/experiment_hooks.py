"""Experiments as the engine sees them: what becomes of a query, and what was shown in the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from online.experiments.assignment.decision import AvailableTargets, ExperimentDecision, choose
from online.experiments.assignment.experiment import Experiment
from online.experiments.logging.impression import Impression, impression_of
from online.types import Page, Query


@dataclass(frozen=True)
class ExperimentHooks:
    """Asks for the experiments of the moment and reports what was shown."""

    experiments: Callable[[], Mapping[str, Experiment]] = dict
    report: Callable[[Impression], None] = lambda _: None

    def choose(self, query: Query, valid: AvailableTargets) -> ExperimentDecision:
        """The query as experiments change it now; raises as `choose` does."""
        return choose(self.experiments(), query, valid, time.time())

    def shown(self, choice: ExperimentDecision, page: Page, request_id: str | None = None) -> None:
        """Report a list that somebody with an id is about to see.

        `request_id`: by a later request than the one that chose.
        """
        query = choice.query
        if choice.exposed and query.user_id is not None and page.items:
            self.report(impression_of(query.user_id, query, page, request_id))
