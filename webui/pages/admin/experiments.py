"""Experiments: seen, made, started, ramped and stopped."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Response
from pydantic import Field
from starlette.responses import RedirectResponse

from online.experiments.assignment.experiment import Method
from webui.pages.admin.admin_request import AdminRequestDep, CsrfForm
from webui.pages.shared.parameters import Blank
from webui.views.admin.experiments_view import ExperimentForm, VariantForm, experiments

Name = Annotated[str, Path(max_length=64)]
Word = Annotated[str | None, Field(max_length=64), Blank]
Number = Annotated[float | None, Field(allow_inf_nan=False), Blank]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class RampForm(CsrfForm):
    """How far to open an experiment."""

    percent: Percent


class CreateExperimentForm(CsrfForm):
    """A new experiment of two variants."""

    name: str = Field(default="", max_length=64)
    layer: str = Field(default="default", max_length=64)
    on: str = Field(default="home", max_length=64)
    method: Method = Method.SPLIT
    percent: Percent = 10.0
    a_flow: Word = None
    a_model: Word = None
    a_diversity: Number = None
    a_popularity: Number = None
    a_freshness: Number = None
    b_flow: Word = None
    b_model: Word = None
    b_diversity: Number = None
    b_popularity: Number = None
    b_freshness: Number = None

    def draft(self) -> ExperimentForm:
        """What the form asks for."""
        control = VariantForm(
            self.a_flow, self.a_model, self.a_diversity, self.a_popularity, self.a_freshness
        )
        variant = VariantForm(
            self.b_flow, self.b_model, self.b_diversity, self.b_popularity, self.b_freshness
        )
        return ExperimentForm(
            self.name, self.layer, self.on, self.method, self.percent / 100, control, variant
        )


def router() -> APIRouter:
    """Routes of experiments."""
    routes = APIRouter(prefix="/admin/experiments")
    routes.get("")(every)
    routes.post("")(create)
    routes.post("/{name}/ramp")(ramp)
    routes.post("/{name}/{step}")(change)
    return routes


async def every(admin: AdminRequestDep) -> Response:
    """All of them with what came of them, and a form for another."""
    view = await experiments(admin.office)
    return await admin.page("experiments.html", lab=view)


async def create(admin: AdminRequestDep, form: Annotated[CreateExperimentForm, Form()]) -> Response:
    """A draft."""
    admin.check(form)
    await admin.office.create(form.draft().definition())
    return _back()


async def ramp(admin: AdminRequestDep, name: Name, form: Annotated[RampForm, Form()]) -> Response:
    """More users or fewer."""
    admin.check(form)
    await admin.office.ramp(name, form.percent / 100)
    return _back()


async def change(
    admin: AdminRequestDep,
    name: Name,
    step: Literal["start", "stop", "delete"],
    form: Annotated[CsrfForm, Form()],
) -> Response:
    """The next step in an experiment's life."""
    admin.check(form)
    office = admin.office
    steps = {"start": office.start, "stop": office.stop, "delete": office.delete}
    await steps[step](name)
    return _back()


def _back() -> Response:
    return RedirectResponse("/admin/experiments", status_code=303)
