"""What the training part taught about raw values: known ids and the constants of normalisation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sparrow.arrays import Int

UNKNOWN_ROW = 1
FIRST_KNOWN_ROW = 2
"""Embedding rows: 0 is padding, 1 any unknown id, 2 and up the vocabulary in ascending order."""


@dataclass(frozen=True)
class NormStats:
    """Mean and standard deviation of a number (after `Scale.LOG`, where declared) in training."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class Preprocessing:
    """Vocabularies and constants of one release, learned from its training part alone."""

    vocabularies: Mapping[str, Int]  # ascending ids, by the name that features declare
    norm_stats: Mapping[str, NormStats]  # by feature name

    def to_json(self) -> str:
        """Text that `from_json` reads back."""
        return json.dumps(
            {
                "vocabularies": {name: ids.tolist() for name, ids in self.vocabularies.items()},
                "norm_stats": {n: [c.mean, c.deviation] for n, c in self.norm_stats.items()},
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Preprocessing:
        """The encoding that `to_json` wrote."""
        raw = json.loads(text)
        return cls(
            {name: np.array(ids, dtype=np.int64) for name, ids in raw["vocabularies"].items()},
            {name: NormStats(*pair) for name, pair in raw["norm_stats"].items()},
        )
