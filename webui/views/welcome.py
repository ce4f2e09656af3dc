"""Telling one's taste: points shared among tastes, then stars for a few telling films."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from online.service import Service
from online.taste_groups import POINTS, told_by
from online.types import TasteGroup
from sparrow.errors import InvalidRequestError, NotFoundError
from sparrow.feedback.event import HIGHEST_STARS, LOWEST_STARS, Event
from webui.identity import Who
from webui.views.cards import Card, cards
from webui.views.own import Own

POSTERS = 4
ASKED = 5
"""Films whose stars are asked for."""


@dataclass(frozen=True)
class Taste:
    """A taste to give points to."""

    id: int
    genres: tuple[str, ...]
    years: tuple[int, int] | None  # of most of its films
    cards: tuple[Card, ...]
    points: int  # given so far

    @property
    def field(self) -> str:
        """The form's name of its points."""
        return f"taste-{self.id}"


@dataclass(frozen=True)
class Welcome:
    """Tastes, and how many points there are to share."""

    tastes: tuple[Taste, ...]
    wrong: bool = False  # the points sent were none, or too many
    most: int = POINTS

    @property
    def given(self) -> int:
        """Points given."""
        return sum(taste.points for taste in self.tastes)


def welcome(service: Service, points: Mapping[int, int] | None = None) -> Welcome:
    """The tastes, with `points` that were sent but could not be taken."""
    given = points or {}
    tastes = tuple(_taste(group, given.get(group.id, 0)) for group in service.taste_groups())
    return Welcome(tastes, wrong=points is not None)


def _taste(group: TasteGroup, points: int) -> Taste:
    shown = cards(group.movies[:POSTERS], Own())
    return Taste(group.id, group.genres, group.years, shown, min(points, POINTS))


def points_in(form: Mapping[str, object]) -> dict[int, int]:
    """Points by group out of a form's fields; InvalidRequestError for what no form of ours has."""
    found: dict[int, int] = {}
    for name, value in form.items():
        kind, _, number = name.partition("-")
        if kind == "taste":
            found[_whole(number, 2**63 - 1)] = _whole(value, POINTS)
    return found


def _whole(value: object, most: int) -> int:
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= most):
        raise InvalidRequestError("points", f"Expected 0 to {POINTS} points, got {text[:40]!r}.")
    return int(text)


async def tell(service: Service, who: Who | None, points: Mapping[int, int]) -> Who:
    """Whoever told their taste by `points`: the viewer they are, or a new one.

    A viewer of the data set whom a visitor browses as stays as they are.
    """
    told = told_by(service.taste_groups(), points)
    if who is None or not who.own:
        return Who(await service.new_viewer({}, told), own=True)
    await service.set_preferences(who.user_id, told)
    return who


def asked_of(service: Service, points: Mapping[int, int]) -> tuple[int, ...]:
    """Ids of the films to ask about, taken in turns from the chosen tastes, the favourite first."""
    chosen = [group for group in service.taste_groups() if points.get(group.id, 0) > 0]
    chosen.sort(key=lambda group: -points[group.id])
    turns = zip(*(_padded(group) for group in chosen), strict=True)
    films = dict.fromkeys(movie for turn in turns for movie in turn if movie is not None)
    return tuple(films)[:ASKED]


def _padded(group: TasteGroup) -> list[int | None]:
    ids: list[int | None] = [movie.movie_id for movie in group.telling[:ASKED]]
    return ids + [None] * (ASKED - len(ids))


async def rate(service: Service, user_id: int, form: Mapping[str, object], now: int) -> int:
    """Record the stars of a form's fields `stars-<film>`; how many there were."""
    events = [
        Event(
            user_id=user_id,
            type="rating",
            movie_id=service.movie(movie_id).movie_id,
            value=stars,
            timestamp=now,
            context={"page": "welcome"},
        )
        for movie_id, stars in _stars(form)
    ]
    if "erased" in await service.record(events):
        raise NotFoundError(f"Viewer {user_id} was erased: leave, and begin anew.")
    return len(events)


def _stars(form: Mapping[str, object]) -> Iterator[tuple[int, float]]:
    for name, value in form.items():
        kind, _, number = name.partition("-")
        if kind != "stars" or not value:
            continue
        try:
            movie_id, stars = int(number), float(str(value))
        except ValueError:
            raise InvalidRequestError("stars", f"Expected stars, got {value!r}.") from None
        if not (LOWEST_STARS <= stars <= HIGHEST_STARS and (2 * stars).is_integer()):
            raise InvalidRequestError("stars", f"Expected half a star to 5, got {stars:g}.")
        yield movie_id, stars
