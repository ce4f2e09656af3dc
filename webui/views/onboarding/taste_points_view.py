"""The first step of a newcomer: points shared among tastes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from online.engine.service import Service
from online.types import TasteGroup
from sparrow.errors import InvalidRequestError
from sparrow.signals.models.taste_clusters import TASTE_POINTS
from webui.session.user_session import SessionUser
from webui.views.shared.cards import Card, cards
from webui.views.shared.user_marks import UserMarks

POSTERS = 4


@dataclass(frozen=True)
class TasteOption:
    """A taste to give points to."""

    id: str
    genres: tuple[str, ...]
    classic: bool
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

    tastes: tuple[TasteOption, ...]
    wrong: bool = False  # the points sent were none, or too many
    again: bool = False  # the visitor has given points before
    most: int = TASTE_POINTS

    @property
    def given(self) -> int:
        """Points given."""
        return sum(taste.points for taste in self.tastes)


async def welcome(service: Service, who: SessionUser | None) -> Welcome:
    """The tastes with the points that the visitor gave before."""
    given = {} if who is None or not who.is_self else await _points(service, who.user_id)
    return Welcome(_tastes(service, given), again=bool(given))


def refused(service: Service, points: Mapping[str, int]) -> Welcome:
    """The tastes with `points` that were sent but could not be taken."""
    return Welcome(_tastes(service, points), wrong=True)


async def _points(service: Service, user_id: int) -> Mapping[str, int]:
    return (await service.stated_preferences(user_id)).tastes


def _tastes(service: Service, points: Mapping[str, int]) -> tuple[TasteOption, ...]:
    return tuple(_option(group, points.get(group.id, 0)) for group in service.taste_groups())


def _option(group: TasteGroup, points: int) -> TasteOption:
    shown = cards(group.movies[:POSTERS], UserMarks())
    most = min(points, TASTE_POINTS)
    return TasteOption(group.id, group.genres, group.classic, group.years, shown, most)


def points_in(form: Mapping[str, object]) -> dict[str, int]:
    """Points by taste out of a form's fields; InvalidRequestError for what no form of ours has."""
    found: dict[str, int] = {}
    for name, value in form.items():
        kind, _, taste = name.partition("-")
        if kind == "taste":
            found[taste] = _whole(value)
    return found


def _whole(value: object) -> int:
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) < 3 and int(text) <= TASTE_POINTS):
        raise InvalidRequestError(
            "points", f"Expected 0 to {TASTE_POINTS} points, got {text[:40]!r}."
        )
    return int(text)


async def share_points(
    service: Service, who: SessionUser | None, points: Mapping[str, int]
) -> SessionUser:
    """Whoever gave `points`: the user they are, or a new one.

    A user of the data set whom a visitor browses as stays as they are.
    """
    stated = service.preferences_from_points(points)
    if who is None or not who.is_self:
        return SessionUser(await service.create_user({}, stated), is_self=True)
    before = await service.stated_preferences(who.user_id)
    stated = replace(stated, age=before.age, elicited=before.elicited)
    await service.set_preferences(who.user_id, stated)
    return who
