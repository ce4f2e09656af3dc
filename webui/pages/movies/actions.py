"""What a viewer does to films, by forms: with and without JavaScript."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse

from online.users.stated_preferences import StatedPreferences
from sparrow.errors import NotFoundError
from sparrow.feedback.event import MAX_RATING, MIN_RATING
from webui.pages.shared.parameters import Id
from webui.rendering.page_request import Visit, Visiting
from webui.session.flash import Toast, View
from webui.session.navigation import came_from, within
from webui.session.user_session import Who
from webui.views.movies import movie_actions
from webui.views.movies.movie_actions import Said, Wish
from webui.views.shared.cards import card
from webui.views.shared.page_frame import shell


class Sent(BaseModel):
    """What every form of an action carries."""

    token: str = Field(default="", max_length=100)
    view: View = "card"
    back: str = Field(default="", max_length=4000)


class Action(Sent):
    """An action on a film."""

    said: Said
    stars: float | None = Field(default=None, ge=MIN_RATING, le=MAX_RATING, multiple_of=0.5)


class Undo(Sent):
    """Events to take back."""

    event: list[UUID] = Field(min_length=1, max_length=4)


def router() -> APIRouter:
    """Routes of actions."""
    routes = APIRouter()
    routes.get("/movie/{movie_id}/actions")(panel)
    routes.post("/movie/{movie_id}/actions")(act)
    routes.post("/movie/{movie_id}/undo")(undo)
    return routes


async def panel(visit: Visiting, movie_id: Id) -> Response:
    """All that can be done to a film: a page, or what its dialog shows."""
    item = card(visit.service.movie(movie_id), await visit.own())
    if _alive(visit):
        return visit.fragment("action_panel.html", item=item)
    return await visit.page("actions.html", item=item, back=came_from(visit.request) or "/")


async def act(visit: Visiting, movie_id: Id, form: Annotated[Action, Form()]) -> Response:
    """Rate, keep or hide a film; whoever is nobody becomes a new viewer by it."""
    visit.web.tokens.check(visit.request, form.token)
    visit.service.movie(movie_id)  # nobody becomes a viewer by a film that there is not
    viewer = await _somebody(visit)
    wish = Wish(form.said, movie_id, form.stars)
    toast = await movie_actions.act(visit.service, _id(viewer), wish, int(time.time()))
    return await _answer(viewer, replace(toast, view=form.view), form)


async def undo(visit: Visiting, movie_id: Id, form: Annotated[Undo, Form()]) -> Response:
    """Take back what was done."""
    visit.web.tokens.check(visit.request, form.token)
    now = int(time.time())
    toast = await movie_actions.undo(visit.service, _id(visit), movie_id, tuple(form.event), now)
    return await _answer(visit, replace(toast, view=form.view), form)


async def _answer(visit: Visit, toast: Toast, form: Sent) -> Response:
    """What has changed of the page, or the way back to it."""
    if _alive(visit):
        item = card(visit.service.movie(toast.movie_id), await visit.own())
        frame = await shell(visit.service, visit.viewer_id, visit.web.identity.demo)
        answer: Response = visit.fragment("action_result.html", item=item, toast=toast, shell=frame)
    else:
        back = within(form.back) if form.back else came_from(visit.request) or "/"
        answer = RedirectResponse(back, status_code=303)
        visit.web.flash.keep(answer, toast)
    if visit.who is not None and visit.who != visit.web.identity.who(visit.request):
        visit.web.identity.remember(answer, visit.who, secure=visit.secure)
    return answer


async def _somebody(visit: Visit) -> Visit:
    """The visit, by a new viewer if it was nobody's."""
    if visit.who is not None:
        return visit
    user_id = await visit.service.new_viewer({}, StatedPreferences())
    return replace(visit, who=Who(user_id, own=True))


def _id(visit: Visit) -> int:
    if visit.viewer_id is None:
        raise NotFoundError("There is nothing to undo.")
    return visit.viewer_id


def _alive(visit: Visit) -> bool:
    """Whether htmx asks, which swaps a part of its page."""
    return "hx-request" in visit.request.headers
