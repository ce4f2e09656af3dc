"""Whether something that an answer rests on could not be read as it is now.

Every answer must say so, also those whose body has no place for it; so it is noted where users
are read, once, and not handed through each method in between.
"""

from __future__ import annotations

from contextvars import ContextVar

# A list, not a flag: tasks that a request starts see the same one, and what they add to it.
_NOTES: ContextVar[list[str] | None] = ContextVar("notes", default=None)


def track() -> list[str]:
    """Begin a request: the list to which `note` adds from now on."""
    notes: list[str] = []
    _NOTES.set(notes)
    return notes


def mark(why: str) -> None:
    """Something is as it was, or missing; outside of requests nobody asks."""
    notes = _NOTES.get()
    if notes is not None:
        notes.append(why)
