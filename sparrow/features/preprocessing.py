"""What the training part taught about raw values: known ids and the constants of normalisation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sparrow.arrays import Int

UNKNOWN_INDEX = 1
FIRST_INDEX = 2
"""Embedding rows: 0 is padding, 1 any unknown id, 2 and up the vocabulary in ascending order."""


@dataclass(frozen=True)
class Normal:
    """Mean and standard deviation of a number (after `Scale.LOG`, where declared) in training."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class Encoding:
    """Vocabularies and constants of one release, learned from its training part alone."""

    vocabularies: Mapping[str, Int]  # ascending ids, by the name that features declare
    normals: Mapping[str, Normal]  # by feature name

    def to_json(self) -> str:
        """Text that `from_json` reads back."""
        return json.dumps(
            {
                "vocabularies": {name: ids.tolist() for name, ids in self.vocabularies.items()},
                "normals": {n: [c.mean, c.deviation] for n, c in self.normals.items()},
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Encoding:
        """The encoding that `to_json` wrote."""
        raw = json.loads(text)
        return cls(
            {name: np.array(ids, dtype=np.int64) for name, ids in raw["vocabularies"].items()},
            {name: Normal(*pair) for name, pair in raw["normals"].items()},
        )
