"""What a serving process knows of something in Redis: read again and again, else kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

from sparrow.errors import DependencyError

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5  # so that every process knows of a change within a second
T = TypeVar("T")


class PolledValue(Generic[T]):
    """The last known value."""

    def __init__(self, read: Callable[[], Awaitable[T]], first: T) -> None:
        """`read` raises DependencyError when it cannot; `first` is the value until it could."""
        self._read = read
        self._stopping = asyncio.Event()
        self.value = first
        self.problem: str | None = None  # why the value may be out of date

    async def refresh(self) -> None:
        """Read it; while Redis is away the last known value stays."""
        try:
            self.value = await self._read()
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
                await asyncio.wait_for(self._stopping.wait(), POLL_SECONDS)

    def stop(self) -> None:
        """Let `follow` end."""
        self._stopping.set()
