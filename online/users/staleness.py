"""Whether data of a response is stale because it could not be read.

Every response has to say so, also those without a field for it; so it is recorded where users are
read, and not passed through each method in between.
"""

from __future__ import annotations

from contextvars import ContextVar

# a list and no flag: tasks of a request share it, and what they append is seen
_NOTES: ContextVar[list[str] | None] = ContextVar("notes", default=None)


def track() -> list[str]:
    """Begin a request; returns the list that `mark` appends to."""
    notes: list[str] = []
    _NOTES.set(notes)
    return notes


def mark(why: str) -> None:
    """Record that something is stale or missing; ignored outside of requests."""
    notes = _NOTES.get()
    if notes is not None:
        notes.append(why)
