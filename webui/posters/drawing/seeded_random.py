"""Chance that always falls the same way for the same film."""

from __future__ import annotations

import xxhash


class SeededRandom:
    """A stream of numbers decided by one seed alone, on every machine and version."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._draws = 0

    def between(self, low: float, high: float) -> float:
        """The next number, evenly spread from `low` to `high`."""
        self._draws += 1
        digest = xxhash.xxh3_64_intdigest(f"{self._seed}:{self._draws}".encode())
        return low + (high - low) * digest / 2**64

    def below(self, count: int) -> int:
        """The next whole number from 0 to `count` - 1."""
        return int(self.between(0, count))
