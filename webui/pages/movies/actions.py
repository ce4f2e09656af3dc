"""What a user does to films, by forms: with and without JavaScript."""

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
from webui.rendering.page_request import PageRequest, PageRequestDep
from webui.session.flash import Toast, View
from webui.session.navigation import referrer, safe_redirect
from webui.session.user_session import SessionUser
from webui.views.movies import movie_actions
from webui.views.movies.movie_actions import ActionName, MovieAction
from webui.views.shared.cards import card
from webui.views.shared.page_frame import page_frame


class ActionForm(BaseModel):
    """What every form of an action carries."""

    token: str = Field(default="", max_length=100)
    view: View = "card"
    back: str = Field(default="", max_length=4000)


class Action(ActionForm):
    """An action on a film."""

    command: ActionName
    stars: float | None = Field(default=None, ge=MIN_RATING, le=MAX_RATING, multiple_of=0.5)


class Undo(ActionForm):
    """Events to take back."""

    event: list[UUID] = Field(min_length=1, max_length=4)


def router() -> APIRouter:
    """Routes of actions."""
    routes = APIRouter()
    routes.get("/movie/{movie_id}/actions")(panel)
    routes.post("/movie/{movie_id}/actions")(act)
    routes.post("/movie/{movie_id}/undo")(undo)
    return routes


async def panel(page_request: PageRequestDep, movie_id: Id) -> Response:
    """All that can be done to a film: a page, or what its dialog shows."""
    item = card(page_request.service.movie(movie_id), await page_request.user_marks())
    if _alive(page_request):
        return page_request.fragment("action_panel.html", item=item)
    return await page_request.page(
        "actions.html", item=item, back=referrer(page_request.request) or "/"
    )


async def act(
    page_request: PageRequestDep, movie_id: Id, form: Annotated[Action, Form()]
) -> Response:
    """Rate, keep or hide a film; whoever is nobody becomes a new user by it."""
    page_request.web.csrf.check(page_request.request, form.token)
    page_request.service.movie(movie_id)  # nobody becomes a user by a film that there is not
    user = await _somebody(page_request)
    action = MovieAction(form.command, movie_id, form.stars)
    toast = await movie_actions.act(page_request.service, _id(user), action, int(time.time()))
    return await _answer(user, replace(toast, view=form.view), form)


async def undo(
    page_request: PageRequestDep, movie_id: Id, form: Annotated[Undo, Form()]
) -> Response:
    """Take back what was done."""
    page_request.web.csrf.check(page_request.request, form.token)
    now = int(time.time())
    toast = await movie_actions.undo(
        page_request.service, _id(page_request), movie_id, tuple(form.event), now
    )
    return await _answer(page_request, replace(toast, view=form.view), form)


async def _answer(page_request: PageRequest, toast: Toast, form: ActionForm) -> Response:
    """What has changed of the page, or the way back to it."""
    if _alive(page_request):
        item = card(page_request.service.movie(toast.movie_id), await page_request.user_marks())
        frame = await page_frame(
            page_request.service, page_request.user_id, page_request.web.user_session.demo
        )
        answer: Response = page_request.fragment(
            "action_result.html", item=item, toast=toast, shell=frame
        )
    else:
        back = safe_redirect(form.back) if form.back else referrer(page_request.request) or "/"
        answer = RedirectResponse(back, status_code=303)
        page_request.web.flash.keep(answer, toast)
    if (
        page_request.session_user is not None
        and page_request.session_user
        != page_request.web.user_session.current_user(page_request.request)
    ):
        page_request.web.user_session.remember(
            answer, page_request.session_user, secure=page_request.secure
        )
    return answer


async def _somebody(page_request: PageRequest) -> PageRequest:
    """The page_request, by a new user if it was nobody's."""
    if page_request.session_user is not None:
        return page_request
    user_id = await page_request.service.create_user({}, StatedPreferences())
    return replace(page_request, session_user=SessionUser(user_id, is_self=True))


def _id(page_request: PageRequest) -> int:
    if page_request.user_id is None:
        raise NotFoundError("There is nothing to undo.")
    return page_request.user_id


def _alive(page_request: PageRequest) -> bool:
    """Whether htmx asks, which swaps a part of its page."""
    return "hx-request" in page_request.request.headers
