"""Measured rows of the leaderboard, kept as JSON so that a run can go on where it stopped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import xxhash

from offline.metrics.bootstrap import MetricInterval
from sparrow.system.files import atomic_write


@dataclass(frozen=True)
class Result:
    """One row of one table."""

    table: str  # "likes time", "lists random", "cold" …
    name: str
    group: str  # "baseline", "model", "control", "ranker", "flow", "source" or "ablation"
    figures: dict[str, MetricInterval] = field(default_factory=dict)
    remark: str = ""  # what validation chose
    key: str = ""  # hash of all that decides the figures
    base: str = ""  # hash of what decides all results of a run: data, seed, how it is measured

    def to_json(self) -> str:
        """Text that `from_json` reads back."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Result:
        """The result that `to_json` wrote."""
        raw = json.loads(text)
        return cls(**raw | {"figures": {k: MetricInterval(**v) for k, v in raw["figures"].items()}})


@dataclass(frozen=True)
class ResultStore:
    """The folder of results of one data set."""

    root: Path
    facts: dict[str, object] = field(default_factory=dict)  # part of every key

    def get_or_measure(self, request: Result, measure: Callable[[Result], Result]) -> Result:
        """The kept result of the table, name and key of `request`; else what is measured now."""
        file = self.file(request.table, request.name)
        if file.exists():
            kept = Result.from_json(file.read_text())
            if kept.key == request.key:
                return kept
        found = replace(measure(request), base=self.key())
        atomic_write(file, found.to_json().encode())
        return found

    def key(self, **facts: object) -> str:
        """A key of everything named, and of the facts that hold for all results."""
        text = json.dumps(self.facts | facts, sort_keys=True, default=str)
        return xxhash.xxh3_64_hexdigest(text.encode())

    def file(self, table: str, name: str) -> Path:
        """Where the result of this table and name is kept."""
        words = re.sub(r"[^a-z0-9]+", "-", f"{table} {name}".lower()).strip("-")
        return (
            self.root / f"{words}-{xxhash.xxh3_64_hexdigest(f'{table} {name}'.encode())[:6]}.json"
        )

    def arrays_file(self, result: Result) -> Path:
        """Where arrays that belong to a result are kept, such as its value for each user."""
        return self.file(result.table, result.name).with_suffix(".npz")

    def all(self) -> list[Result]:
        """Every kept result of this data and way of measuring, in the order of the files' names."""
        kept = [Result.from_json(file.read_text()) for file in sorted(self.root.glob("*.json"))]
        return [result for result in kept if result.base == self.key()]
