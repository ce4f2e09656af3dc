"""Health and metrics: what operators and load balancers ask."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from online.api.responses import json_response
from online.serving.health import Readiness, readiness
from online.serving.metrics import Metrics

router = APIRouter(tags=["operations"])
metrics_router = APIRouter(tags=["operations"])


@router.get("/health/live")
def live() -> dict[str, str]:
    """The process runs."""
    return {"status": "live"}


@router.get("/health/ready", response_model=Readiness)
async def ready(request: Request) -> Response:
    """Each dependency's state; `degraded` still answers, so its status is 200 as well."""
    state = request.app.state
    return json_response(await readiness(state.redis, state.releases, state.service.serving))


@metrics_router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> Response:
    """Prometheus' text format."""
    measured = cast(Metrics, request.app.state.metrics)
    return Response(measured.text(), media_type=CONTENT_TYPE_LATEST)
