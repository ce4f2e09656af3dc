"""How a training run is carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from offline.training.loop.strategy import Strategy


@dataclass(frozen=True)
class RunOptions:
    """How a training run is carried out; none of it changes what comes out, but for rounding."""

    progress: Progress | None = None  # where a bar is shown
    checkpoint: Path | None = None  # kept after each epoch, gone on from; the caller removes it
    report: Callable[[int, float], None] | None = (
        None  # called with each epoch, from 1, and its AUC
    )
    strategy: Strategy = "none"  # over which devices
