"""A value in Redis that a serving process polls; the last known one while Redis is down."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from online.runtime.background import BackgroundLoop
from sparrow.errors import DependencyError

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5  # so that every process knows of a change within a second
T = TypeVar("T")


class PolledValue(Generic[T]):
    """The last known value."""

    def __init__(self, read: Callable[[], Awaitable[T]], first: T) -> None:
        """`read` raises DependencyError if it fails; `first` is the value until it succeeds."""
        self._read = read
        self.loop = BackgroundLoop(self.refresh, POLL_SECONDS, "A value cannot be polled")
        self.value = first
        self.problem: str | None = None  # why the value may be out of date

    async def refresh(self) -> None:
        """Read the value; keep the last known one while Redis is down."""
        try:
            self.value = await self._read()
            self.problem = None
        except DependencyError as error:
            if self.problem != str(error):  # once, not with every poll
                logger.warning(str(error))
            self.problem = str(error)
