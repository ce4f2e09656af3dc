"""The trace of a request, for `explain`, the pages' debug panel and the metrics."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter

from online.types import Stage

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class StageTimer:
    """Times the stage in its `with` block, which fills in the counts.

    A class, since `contextmanager` would create a generator for each of dozens of stages a request.
    """

    stages: list[Stage]  # appended to when the stage ends
    name: str
    swallow_errors: bool  # of the block
    before: int
    after: int
    dropped: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    start: float = field(default_factory=perf_counter)

    def __enter__(self) -> StageTimer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> bool | None:
        survived = self.swallow_errors and isinstance(error, Exception)
        if isinstance(error, Exception):
            self.error = f"{type(error).__name__}: {error}"
        if survived:
            logger.error(
                "A stage failed; the flow continues", exc_info=error, extra={"stage": self.name}
            )
        self.stages.append(
            Stage(
                name=self.name,
                milliseconds=(perf_counter() - self.start) * 1000,
                before=self.before,
                after=self.after,
                dropped=self.dropped,
                error=self.error,
            )
        )
        return survived


class Tracer:
    """Collects the stages of one request, in the order in which they ended."""

    def __init__(self, stages: Iterable[Stage] = ()) -> None:
        """`stages` are those that ended before."""
        self._stages = list(stages)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages so far."""
        return tuple(self._stages)

    def stage(
        self, name: str, *, before: int = 0, after: int = 0, swallow_errors: bool = False
    ) -> StageTimer:
        """Time a stage; with `swallow_errors`, an exception is only traced and logged.

        No other code swallows errors of a flow: a list without one of its sources is better for
        the user than an error page.
        """
        return StageTimer(self._stages, name, swallow_errors, before, after)
