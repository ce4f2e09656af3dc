"""Loops that a serving process runs in the background until it shuts down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class Background(Protocol):
    """Work that runs until it is stopped."""

    async def run(self) -> None:
        """Work until `stop`."""
        ...

    def stop(self) -> None:
        """Let `run` end."""
        ...


class BackgroundLoop:
    """Repeats a step; while Redis is down it logs one warning and tries again."""

    def __init__(
        self,
        step: Callable[[], Awaitable[None]],
        pause_seconds: float,
        warning: str,
        *,
        pause_first: bool = False,
    ) -> None:
        """`pause_seconds` lie between two steps; `warning` is logged when a step fails."""
        self._step, self._pause_seconds, self._warning = step, pause_seconds, warning
        self._pause_first = pause_first
        self._stopping = asyncio.Event()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called; a long step should end early."""
        return self._stopping.is_set()

    async def run(self) -> None:
        """Repeat the step until `stop`."""
        failing = False
        if self._pause_first:
            await self._pause()
        while not self.stopped:
            try:
                await self._step()
                failing = False
            except (RedisError, OSError, TimeoutError) as error:
                if not failing:
                    logger.warning(self._warning, extra={"reason": str(error)})
                failing = True
            await self._pause()

    def stop(self) -> None:
        """Let `run` end after the current step."""
        self._stopping.set()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), self._pause_seconds)


@asynccontextmanager
async def running(*work: Background) -> AsyncIterator[None]:
    """Run all `work` as tasks; at the end, stop it and wait for it."""
    tasks = [asyncio.create_task(each.run()) for each in work]
    try:
        yield
    finally:
        for each in work:
            each.stop()
        await asyncio.gather(*tasks)
