"""Two lists for one user side by side: what another ranking would change."""

from __future__ import annotations

from dataclasses import dataclass, replace

from online.engine.service import Service
from online.types import Page, Query, Recommended
from sparrow.errors import InvalidRequestError

LENGTH = 20


@dataclass(frozen=True)
class ComparedItem:
    """One movie of a list."""

    place: int  # from 1
    item: Recommended
    other: int | None  # its place in the other list; None where that does not have it

    @property
    def move(self) -> int | None:
        """How many places it is higher here than there."""
        return None if self.other is None else self.other - self.place


@dataclass(frozen=True)
class Side:
    """One of the two lists."""

    contender: str
    page: Page
    lines: tuple[ComparedItem, ...]


@dataclass(frozen=True)
class Comparison:
    """Both lists of one user."""

    user_id: int
    a: Side
    b: Side

    @property
    def shared(self) -> int:
        """Movies that are in both."""
        return sum(line.other is not None for line in self.a.lines)


async def compare(service: Service, user_id: int, a: str, b: str) -> Comparison:
    """Lists of two comparables, each `flow/model` or `experiment:variant`; nothing counts as shown.

    Raises InvalidRequestError for a contender that there is not.
    """
    pages = [
        await service.recommend(_query(user_id, field, contender))
        for field, contender in (("a", a), ("b", b))
    ]
    first, second = (_places(page) for page in pages)
    return Comparison(
        user_id,
        Side(a, pages[0], _lines(pages[0], second)),
        Side(b, pages[1], _lines(pages[1], first)),
    )


def _query(user_id: int, field: str, contender: str) -> Query:
    query = Query(user_id, limit=LENGTH, log_impression=False)
    flow, slash, model = contender.partition("/")
    if slash and ":" not in flow:  # a model's name may have one
        return replace(query, flow=flow, model=model)
    experiment, colon, variant = contender.partition(":")
    if colon:
        return replace(query, variants=((experiment, variant),))
    raise InvalidRequestError(field, f"Expected flow/model or experiment:variant, got {contender}.")


def _places(page: Page) -> dict[int, int]:
    return {item.movie.movie_id: place for place, item in enumerate(page.items, start=1)}


def _lines(page: Page, other: dict[int, int]) -> tuple[ComparedItem, ...]:
    return tuple(
        ComparedItem(place, item, other.get(item.movie.movie_id))
        for place, item in enumerate(page.items, start=1)
    )
