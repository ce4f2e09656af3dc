"""The trace of a request: one mechanism for `explain`, the pages' debug panel and the metrics."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter

from online.types import Stage

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class StageTimer:
    """A stage at work, which a `with` block times; the block fills in what it did.

    A class, since there are dozens a request, and `contextmanager` makes a generator for each.
    """

    stages: list[Stage]  # where it is noted when it ends
    name: str
    swallow_errors: bool  # an error in the block
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
                "A stage failed; the flow goes on", exc_info=error, extra={"stage": self.name}
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
        """Time a stage; with `swallow_errors`, an exception is traced and logged, and the flow goes on.

        This is the one place where a flow swallows errors: a list with a source less is worth
        more to a user than an error page.
        """
        return StageTimer(self._stages, name, swallow_errors, before, after)
