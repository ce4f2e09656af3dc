"""Experiments below /api/v1/experiments, for administrators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict

from online.api.auth.dependencies import require_admin
from online.api.middleware.request_body import StrictRoute
from online.api.problems import ADMIN_PROBLEMS
from online.api.responses import json_response
from online.experiments.assignment.experiment import Definition, Experiment, Share
from online.experiments.experiment_admin import Desk
from online.experiments.experiment_report import Report

router = APIRouter(
    prefix="/api/v1/experiments",
    tags=["administration"],
    responses=ADMIN_PROBLEMS,
    route_class=StrictRoute,
    dependencies=[Depends(require_admin)],
)


@dataclass(frozen=True)
class Experiments:
    """All experiments, by name."""

    experiments: list[Experiment]


class Ramp(BaseModel):
    """How far to open an experiment."""

    model_config = ConfigDict(extra="forbid")

    share: Share


async def current_desk(request: Request) -> Desk:
    """Where experiments are administered."""
    return cast(Desk, request.app.state.desk)


CurrentDesk = Annotated[Desk, Depends(current_desk)]
PathName = Annotated[str, Path(max_length=64)]


@router.get("", response_model=Experiments)
async def experiments(desk: CurrentDesk) -> Response:
    """All of them, also drafts and stopped ones."""
    found = await desk.all()
    return json_response({"experiments": [each.model_dump(mode="json") for each in found]})


@router.post("", status_code=201, response_model=Experiment)
async def create(request: Request, desk: CurrentDesk, definition: Definition) -> Response:
    """A draft, which has its viewers but leaves their lists alone until it is started."""
    created = await desk.create(definition, request.app.state.service.serving)
    answer = _answer(created, status=201)
    answer.headers["Location"] = f"{router.prefix}/{created.name}"
    return answer


@router.get("/{name}", response_model=Experiment)
async def experiment(desk: CurrentDesk, name: PathName) -> Response:
    """One of them."""
    return _answer(await desk.named(name))


@router.post("/{name}/start", response_model=Experiment)
async def start(desk: CurrentDesk, name: PathName) -> Response:
    """From now on its viewers get what their variants say; servers follow within a second."""
    return _answer(await desk.start(name))


@router.post("/{name}/stop", response_model=Experiment)
async def stop(desk: CurrentDesk, name: PathName) -> Response:
    """Its viewers get what all others get, and others may have its buckets."""
    return _answer(await desk.stop(name))


@router.post("/{name}/ramp", response_model=Experiment)
async def ramp(desk: CurrentDesk, name: PathName, wanted: Ramp) -> Response:
    """More viewers or fewer; nobody moves from variant to variant."""
    return _answer(await desk.ramp(name, wanted.share))


@router.get("/{name}/results", response_model=Report)
async def results(desk: CurrentDesk, name: PathName) -> Response:
    """What its viewers did since it was first shown to them, up to a second ago."""
    return json_response(await desk.report(name))


@router.delete("/{name}", status_code=204)
async def delete(desk: CurrentDesk, name: PathName) -> None:
    """Forgets an experiment that does not run, and what came of it."""
    await desk.delete(name)


def _answer(experiment: Experiment, status: int = 200) -> Response:
    return json_response(experiment.model_dump(mode="json"), status)
