"""Follows the active release: load it in the background, check it, then switch atomically."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from online.runtime.background import BackgroundLoop
from online.serving.loaded_release import LoadedRelease
from sparrow.errors import ReleaseError
from sparrow.redis import keys
from sparrow.release.manifest import list_releases

logger = logging.getLogger(__name__)

_FIRST_RETRY_SECONDS = (
    5.0  # seconds until a release that did not load is tried again; doubles each time
)
_MAX_RETRY_SECONDS = 300.0


@dataclass
class _FailedLoad:
    """A release that did not load, and when to try it again."""

    release: str
    pause: float
    again: float  # on the monotonic clock


class ReleaseFollower:
    """Loads releases by the key `sparrow:current`."""

    def __init__(
        self, folder: Path, redis: Redis, load: Callable[[Path], LoadedRelease], poll_seconds: float
    ) -> None:
        """`load` takes a release's folder and may take seconds: it runs in a thread."""
        self._folder = folder
        self._redis = redis
        self._load = load
        self._poll_seconds = poll_seconds
        self._failed: _FailedLoad | None = None
        self.problem: str | None = None  # why another release than the active one serves

    async def first(self) -> LoadedRelease:
        """The active release, or else the newest complete one that can be served.

        One whose model does not load serves without it, and `loop` tries it again.

        Raises ReleaseError if there is none.
        """
        failures = []
        for release in self._candidates(await self._active()):
            try:
                serving = await self._loaded(release)
                if serving.model_error is not None:
                    self._schedule_retry(release)
                return serving
            except ReleaseError as error:
                logger.exception("A release cannot be served", extra={"release": release})
                self.problem = str(error)
                failures.append(str(error))
        raise ReleaseError(
            " ".join(failures)
            or f"There is no release in {self._folder}: run `make demo`, or `sparrow publish` "
            "after a pipeline run."
        )

    def loop(
        self, current: LoadedRelease, switch: Callable[[LoadedRelease], None]
    ) -> BackgroundLoop:
        """Loads each release that becomes active and passes it to `switch`.

        `current` serves at first; if its model did not load, it is loaded again until it does.
        """

        async def poll() -> None:
            nonlocal current
            release = await self._active()
            if release == current.id:
                self.problem = None
            complete = release == current.id and current.model_error is None
            if release is not None and not complete and self._retry_due(release):
                serving = await self._load_or_none(release)
                if serving is not None:
                    current = serving
                    switch(serving)
                    logger.info("Now serving another release", extra={"release": release})

        return BackgroundLoop(
            poll, self._poll_seconds, "The active release cannot be read", pause_first=True
        )

    async def _loaded(self, release: str) -> LoadedRelease:
        """Loads in a thread; raises ReleaseError whatever is wrong with the release.

        Damaged files may raise any error, which must not end the process that still serves another
        release.
        """
        try:
            return await asyncio.to_thread(self._load, self._folder / release)
        except ReleaseError:
            raise
        except Exception as error:
            raise ReleaseError(
                f"Release {release} cannot be loaded ({type(error).__name__}: {error}): run "
                "`sparrow publish`, or activate another release."
            ) from error

    async def _active(self) -> str | None:
        try:
            active = cast(bytes | None, await self._redis.get(keys.CURRENT))
        except (RedisError, OSError, TimeoutError) as error:
            problem = f"Redis cannot be asked for the active release: {error}"
            if self.problem != problem:  # once, not with every poll
                logger.warning(problem)
            self.problem = problem
            return None
        return active.decode() if active else None

    def _candidates(self, active: str | None) -> Iterator[str]:
        if active is not None:
            yield active
        elif self.problem is None:
            self.problem = "Redis names no active release; the newest complete one serves"
        for manifest in reversed(list_releases(self._folder)):
            if manifest.id != active:
                yield manifest.id

    def _retry_due(self, release: str) -> bool:
        refused = self._failed
        return refused is None or refused.release != release or monotonic() >= refused.again

    async def _load_or_none(self, release: str) -> LoadedRelease | None:
        """The loaded release; None, with a `problem`, if it cannot replace the current one."""
        try:
            serving = await self._loaded(release)
            if serving.model_error is not None:
                raise ReleaseError(serving.model_error)
        except ReleaseError as error:
            logger.exception("A release was not taken over", extra={"release": release})
            self.problem = f"Release {release} is active, but it does not load: {error}"
            self._schedule_retry(release)
            return None
        self.problem, self._failed = None, None
        return serving

    def _schedule_retry(self, release: str) -> None:
        """Try it again after a pause, which doubles each time."""
        pause = _FIRST_RETRY_SECONDS
        if self._failed is not None and self._failed.release == release:
            pause = min(self._failed.pause * 2, _MAX_RETRY_SECONDS)
        self._failed = _FailedLoad(release, pause, monotonic() + pause)
