"""Pages that only tell: monitoring, statistics and data quality."""

from __future__ import annotations

from fastapi import APIRouter, Response

from webui.pages.admin.admin_request import AdminRequestDep
from webui.views.admin.data_quality_view import quality
from webui.views.admin.monitoring_view import monitoring
from webui.views.admin.statistics_view import statistics


def router() -> APIRouter:
    """Routes of figures."""
    routes = APIRouter(prefix="/admin")
    routes.get("")(now)
    routes.get("/statistics")(bi)
    routes.get("/quality")(data)
    return routes


async def now(admin: AdminRequestDep) -> Response:
    """How serving does."""
    return await admin.page("monitoring.html", now=monitoring(await admin.office.monitoring()))


async def bi(admin: AdminRequestDep) -> Response:
    """Figures of the data set."""
    return await admin.page("statistics.html", figures=statistics(await admin.office.statistics()))


async def data(admin: AdminRequestDep) -> Response:
    """What was imported, and how the stream of feedback does."""
    return await admin.page("quality.html", data=quality(await admin.office.quality()))
