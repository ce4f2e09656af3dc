"""The experiments as a serving process knows them: read again all the time, kept while they cannot
be.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from online.experiments.definition import Experiment
from online.experiments.store import ExperimentStore
from sparrow.errors import DependencyError

logger = logging.getLogger(__name__)


class Following:
    """The last known experiments, by name."""

    def __init__(self, store: ExperimentStore, poll_seconds: float) -> None:
        self._store = store
        self._poll_seconds = poll_seconds
        self._stopping = asyncio.Event()
        self.experiments: Mapping[str, Experiment] = MappingProxyType({})
        self.problem: str | None = None  # why they may be out of date

    async def refresh(self) -> None:
        """Read them; while Redis is away the last known ones stay."""
        try:
            self.experiments = await self._store.all()
            self.problem = None
        except DependencyError as error:
            if self.problem != str(error):  # once, not with every poll
                logger.warning(str(error))
            self.problem = str(error)

    async def follow(self) -> None:
        """Refresh until `stop`."""
        while not self._stopping.is_set():
            await self.refresh()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._poll_seconds)

    def stop(self) -> None:
        """Let `follow` end."""
        self._stopping.set()
