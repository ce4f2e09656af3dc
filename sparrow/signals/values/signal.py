"""The declaration of a signal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Signal:
    """One number that says how well a candidate fits a user; larger is not always better."""

    name: str
    doc: str
    head: int = 0  # best movies by it that become candidates
