"""The trace of a request: one mechanism for `explain`, the pages' debug panel and the metrics."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from online.types import Stage

logger = logging.getLogger(__name__)


@dataclass
class Running:
    """A stage at work; it fills in what it did."""

    before: int = 0
    after: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    error: str | None = None


class Tracer:
    """Collects the stages of one request, in the order in which they ended."""

    def __init__(self) -> None:
        self._stages: list[Stage] = []

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages so far."""
        return tuple(self._stages)

    @contextmanager
    def stage(
        self, name: str, *, before: int = 0, after: int = 0, survives: bool = False
    ) -> Iterator[Running]:
        """Time a stage; with `survives`, an exception is traced and logged, and the flow goes on.

        This is the one place where a flow swallows errors: a list with a channel less is worth
        more to a viewer than an error page.
        """
        running = Running(before, after)
        start = perf_counter()
        try:
            yield running
        except Exception as error:  # the edge of a stage
            running.error = f"{type(error).__name__}: {error}"
            if not survives:
                raise
            logger.exception("A stage failed; the flow goes on", extra={"stage": name})
        finally:
            self._stages.append(
                Stage(
                    name=name,
                    milliseconds=(perf_counter() - start) * 1000,
                    before=running.before,
                    after=running.after,
                    dropped=running.dropped,
                    error=running.error,
                )
            )
