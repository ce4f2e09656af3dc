"""The second step of a newcomer: films they love, and a few to rate, until they have enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from online.engine.service import Service
from online.types import Movie
from online.users.stated_preferences import StatedPreferences
from sparrow.errors import InvalidRequestError, NotFoundError
from sparrow.feedback.event import MAX_RATING, MIN_RATING
from webui.session.flash import Toast
from webui.session.user_session import SessionUser
from webui.views.lists.home_view import pick_row
from webui.views.lists.list_controls import NO_CONTROLS
from webui.views.lists.personal_rows import PersonalRows
from webui.views.lists.search_view import SearchResults, search
from webui.views.movies.movie_actions import MovieAction, act
from webui.views.shared.cards import Card, cards
from webui.views.shared.rows import Row, fill
from webui.views.shared.user_marks import UserMarks

ENOUGH = 10
"""Films from the informative set that somebody rates, if they like."""

AT_ONCE = 3
"""Films that are offered for rating at a time."""

LOVED = 5.0
"""Stars of a film that somebody says they love."""

_SHOWN = 12  # of the films that were rated, the newest
_FOUND = 8  # films of a search
_REMEMBERED = 300  # films that are not offered again


@dataclass(frozen=True)
class Elicitation:
    """What is offered for rating, and what came of it."""

    to_rate: tuple[Card, ...]
    answered: int  # of the films offered, those that were rated
    rated: tuple[Card, ...]  # all that the user rated, the newest first
    list: Row | None  # films for the user as of now; None while nothing is known of them
    found: SearchResults  # by the search for films they love
    enough: int = ENOUGH


@dataclass(frozen=True)
class Reply:
    """What one form says: films loved, rated and skipped, by movie id."""

    stars: Mapping[int, float]
    offered: tuple[int, ...]  # films that are not to be offered again, rated or not
    open: tuple[int, ...] = ()  # films of the form that still may be rated

    @property
    def empty(self) -> bool:
        """Whether nothing follows from it."""
        return not (self.stars or self.offered)


async def elicitation(
    service: Service, who: SessionUser | None, marks: UserMarks, text: str, keep: Sequence[int] = ()
) -> Elicitation:
    """The page for somebody of whom `own` is known; `text` is what they search for.

    `keep` are films offered just now that were not answered: they stay, and others join them.
    """
    user_id = None if who is None or not who.is_self else who.user_id
    elicited = await _elicited(service, user_id)
    answered = len(marks.ratings.keys() & set(elicited))
    done = {*marks.ratings, *marks.hidden, *elicited}
    kept = [service.movie(movie) for movie in dict.fromkeys(keep) if movie not in done][:AT_ONCE]
    left = [movie.movie_id for movie in kept]
    new = await service.movies_to_rate(user_id, AT_ONCE, left) if answered < ENOUGH else ()
    return Elicitation(
        cards([*kept, *new][:AT_ONCE], UserMarks()) if answered < ENOUGH else (),
        answered,
        cards(_rated_movies(service, marks), marks),
        None if user_id is None else await _list(service, user_id, marks),
        search(service, text, marks, _FOUND),
    )


def _rated_movies(service: Service, marks: UserMarks) -> list[Movie]:
    """The films that were rated last, the newest first."""
    found = []
    for movie_id in list(marks.ratings)[: -_SHOWN - 1 : -1]:
        with suppress(NotFoundError):  # has left the catalogue
            found.append(service.movie(movie_id))
    return found


async def _elicited(service: Service, user_id: int | None) -> Sequence[int]:
    return () if user_id is None else (await service.stated_preferences(user_id)).elicited


async def _list(service: Service, user_id: int, marks: UserMarks) -> Row:
    lists = PersonalRows(service, user_id, marks, None)
    return await fill(pick_row(None, None, (), NO_CONTROLS), lambda: lists.next(None))


def parse_reply(form: Sequence[tuple[str, str]]) -> Reply:
    """What a form's fields say; InvalidRequestError for what no form of ours has.

    `love` and `skip` are buttons with a film; `next` skips every film of the form (`shown`) that
    has no stars.
    """
    stars = {_movie(name.partition("-")[2]): _stars(v) for name, v in _rated(form)}
    loved = [_movie(value) for name, value in form if name == "love"]
    skipped = [_movie(value) for name, value in form if name == "skip"]
    shown = [_movie(value) for name, value in form if name == "shown"]
    done = [*stars, *skipped]
    if any(name == "next" for name, _ in form):
        done += shown
    offered = tuple(dict.fromkeys(movie for movie in done if movie in shown))
    still = tuple(movie for movie in shown if movie not in offered)
    return Reply({**stars, **dict.fromkeys(loved, LOVED)}, offered, still)


def _rated(form: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in form if name.startswith("stars-") and value]


def _movie(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise InvalidRequestError("film", f"Expected a film's number, got {text[:40]!r}.")
    return int(text)


def _stars(text: str) -> float:
    try:
        stars = float(text)
    except ValueError:
        raise InvalidRequestError("stars", f"Expected stars, got {text[:40]!r}.") from None
    if not (MIN_RATING <= stars <= MAX_RATING and (2 * stars).is_integer()):
        raise InvalidRequestError("stars", f"Expected half a star to 5, got {stars:g}.")
    return stars


async def take(
    service: Service, who: SessionUser | None, reply: Reply, now: int
) -> tuple[SessionUser | None, Toast | None]:
    """Store a reply; who the visitor is then, new if they were nobody, and what was done last.

    A user of the data set whom a visitor browses as stays as they are. Raises NotFoundError for a
    film that there is not, and a user who was erased.
    """
    for movie_id in (*reply.stars, *reply.offered):
        service.movie(movie_id)
    if reply.empty:
        return who, None
    mine = await _with_offered(service, who, reply.offered)
    toast = None
    for movie_id, stars in reply.stars.items():
        toast = await act(service, mine.user_id, MovieAction("rate", movie_id, stars), now)
    return mine, toast and replace(toast, view="line")


async def _with_offered(
    service: Service, who: SessionUser | None, offered: tuple[int, ...]
) -> SessionUser:
    """The visitor's own user, who remembers which films were offered."""
    if who is None or not who.is_self:
        stated = StatedPreferences(elicited=offered)
        return SessionUser(await service.create_user({}, stated), is_self=True)
    before = await service.stated_preferences(who.user_id)
    known = tuple(dict.fromkeys((*before.elicited, *offered)))[-_REMEMBERED:]
    if known != tuple(before.elicited):
        await service.set_preferences(who.user_id, replace(before, elicited=known))
    return who
