"""Lines of charts: figures in an order, usually of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sparkline:
    """A curve over a square of 100 by 100, from 0 up to its max_value figure."""

    figures: tuple[tuple[str, float], ...]  # (label, figure)
    marked: frozenset[str] = frozenset()  # labels at which something happened

    @property
    def max_value(self) -> float:
        """The largest figure."""
        return max((figure for _, figure in self.figures), default=0.0)

    @property
    def points(self) -> str:
        """The curve, as an SVG polyline wants it; a single figure makes a level one."""
        heights = [100 - 98 * figure / (self.max_value or 1) for _, figure in self.figures]
        if len(heights) == 1:
            heights *= 2
        step = 100 / max(len(heights) - 1, 1)
        return " ".join(f"{place * step:.1f},{y:.1f}" for place, y in enumerate(heights))

    @property
    def marks(self) -> tuple[float, ...]:
        """Where on the way from left to right, 0 to 100, something happened."""
        step = 100 / max(len(self.figures) - 1, 1)
        labels = enumerate(label for label, _ in self.figures)
        return tuple(place * step for place, label in labels if label in self.marked)


def downsampled(figures: Sequence[tuple[str, float]], most: int) -> Sparkline:
    """A line of at most so many points: means of stretches, each by its first label."""
    length = -(-len(figures) // most) or 1
    stretches = (figures[start : start + length] for start in range(0, len(figures), length))
    return Sparkline(tuple((part[0][0], sum(y for _, y in part) / len(part)) for part in stretches))


@dataclass(frozen=True)
class Bar:
    """One column of a chart."""

    label: str
    count: int
    share: float  # of the tallest column


def bars(counts: Mapping[str, int]) -> tuple[Bar, ...]:
    """A column a label, the tallest of share 1."""
    tallest = max(counts.values(), default=0) or 1
    return tuple(Bar(label, count, count / tallest) for label, count in counts.items())
