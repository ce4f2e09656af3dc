"""Errors as RFC 9457 problem details: the one place where an exception becomes an answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from online.api.responses import json_response
from sparrow.errors import (
    InvalidRequestError,
    SparrowError,
    TooManyRequestsError,
    UnauthorizedError,
)

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one parameter."""

    field: str
    message: str


class ProblemDetails(BaseModel):
    """Problem details of RFC 9457, with the request's id for the log."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str  # path of the request
    request_id: str
    errors: list[FieldProblem] = []


Responses = dict[int | str, dict[str, Any]]


def problem_responses(*statuses: int) -> Responses:
    """Problems with these statuses, for the OpenAPI description of a route."""
    return {s: {"model": ProblemDetails, "description": HTTPStatus(s).phrase} for s in statuses}


PROBLEMS = problem_responses(404, 422, 503)
ADMIN_PROBLEMS = problem_responses(401, 403, 404, 409, 422, 503)


def install_problems(app: FastAPI) -> None:
    """Answer every error of `app` as a problem; pages may wrap `app.exception_handlers`."""
    app.add_exception_handler(SparrowError, _sparrow_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)


async def _sparrow_error(request: Request, error: Exception) -> Response:
    known = cast(SparrowError, error)  # registered for no other
    fields = [(known.field, str(known))] if isinstance(known, InvalidRequestError) else []
    answer = _answer(request, known.status, known.title, str(known), fields)
    if isinstance(known, UnauthorizedError):
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(known, TooManyRequestsError):
        answer.headers["Retry-After"] = str(known.retry_after)
    return answer


async def _validation_error(request: Request, error: Exception) -> Response:
    found = cast(RequestValidationError, error).errors()
    fields = [(_field(each["loc"]), each["msg"]) for each in found]
    detail = "; ".join(f"{field}: {message}" for field, message in fields)
    return _answer(request, 422, InvalidRequestError.title, detail, fields)


async def _http_error(request: Request, error: Exception) -> Response:
    known = cast(HTTPException, error)
    title = HTTPStatus(known.status_code).phrase
    detail = known.detail
    if known.status_code == 404 and detail == title:
        detail = f"There is nothing at {request.url.path}; /docs lists what there is."
    answer = _answer(request, known.status_code, title, detail, ())
    answer.headers.update(known.headers or {})
    return answer


async def _unexpected_error(request: Request, error: Exception) -> Response:
    """The exception itself goes to the log, never to the client."""
    logger.error(
        "A request failed",
        exc_info=error,
        extra={"request_id": request.state.request_id, "path": request.url.path},
    )
    detail = "Something went wrong here. The request's id finds it in the log."
    return _answer(request, 500, SparrowError.title, detail, ())


def _answer(
    request: Request, status: int, title: str, detail: str, fields: Sequence[tuple[str, str]]
) -> Response:
    problem = ProblemDetails(
        title=title,
        status=status,
        detail=detail,
        instance=request.url.path,
        request_id=request.state.request_id,
        errors=[FieldProblem(field=field, message=message) for field, message in fields],
    )
    answer = json_response(problem.model_dump(), status, PROBLEM_TYPE)
    answer.headers["X-Request-ID"] = problem.request_id
    return answer


def _field(location: Sequence[int | str]) -> str:
    """("query", "size") → "size"."""
    return ".".join(str(part) for part in location[1:]) or str(location[0])
