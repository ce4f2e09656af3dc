"""Pages that only tell: monitoring, statistics and data quality."""

from __future__ import annotations

from fastapi import APIRouter, Response

from webui.pages.admin.admin_request import Administrating
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


async def now(administrator: Administrating) -> Response:
    """How serving does."""
    return await administrator.page(
        "monitoring.html", now=monitoring(await administrator.office.monitoring())
    )


async def bi(administrator: Administrating) -> Response:
    """Figures of the data set."""
    return await administrator.page(
        "statistics.html", figures=statistics(await administrator.office.statistics())
    )


async def data(administrator: Administrating) -> Response:
    """What was imported, and how the stream of feedback does."""
    return await administrator.page(
        "quality.html", data=quality(await administrator.office.quality())
    )
