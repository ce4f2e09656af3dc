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
from online.experiments.assignment.experiment import Experiment, ExperimentDefinition, Share
from online.experiments.experiment_admin import ExperimentAdmin
from online.experiments.experiment_report import ExperimentReport

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


class RampRequest(BaseModel):
    """How far to open an experiment."""

    model_config = ConfigDict(extra="forbid")

    share: Share


async def current_admin(request: Request) -> ExperimentAdmin:
    """Where experiments are administered."""
    return cast(ExperimentAdmin, request.app.state.experiment_admin)


CurrentAdmin = Annotated[ExperimentAdmin, Depends(current_admin)]
PathName = Annotated[str, Path(max_length=64)]


@router.get("", response_model=Experiments)
async def experiments(experiment_admin: CurrentAdmin) -> Response:
    """All of them, also drafts and stopped ones."""
    found = await experiment_admin.all()
    return json_response({"experiments": [each.model_dump(mode="json") for each in found]})


@router.post("", status_code=201, response_model=Experiment)
async def create(
    request: Request, experiment_admin: CurrentAdmin, definition: ExperimentDefinition
) -> Response:
    """A draft, which has its users but leaves their lists alone until it is started."""
    created = await experiment_admin.create(definition, request.app.state.service.serving)
    answer = _answer(created, status=201)
    answer.headers["Location"] = f"{router.prefix}/{created.name}"
    return answer


@router.get("/{name}", response_model=Experiment)
async def experiment(experiment_admin: CurrentAdmin, name: PathName) -> Response:
    """One of them."""
    return _answer(await experiment_admin.named(name))


@router.post("/{name}/start", response_model=Experiment)
async def start(experiment_admin: CurrentAdmin, name: PathName) -> Response:
    """From now on its users get what their variants say; servers follow within a second."""
    return _answer(await experiment_admin.start(name))


@router.post("/{name}/stop", response_model=Experiment)
async def stop(experiment_admin: CurrentAdmin, name: PathName) -> Response:
    """Its users get what all others get, and others may have its buckets."""
    return _answer(await experiment_admin.stop(name))


@router.post("/{name}/ramp", response_model=Experiment)
async def ramp(experiment_admin: CurrentAdmin, name: PathName, wanted: RampRequest) -> Response:
    """More users or fewer; nobody moves from variant to variant."""
    return _answer(await experiment_admin.ramp(name, wanted.share))


@router.get("/{name}/results", response_model=ExperimentReport)
async def results(experiment_admin: CurrentAdmin, name: PathName) -> Response:
    """What its users did since it was first shown to them, up to a second ago."""
    return json_response(await experiment_admin.report(name))


@router.delete("/{name}", status_code=204)
async def delete(experiment_admin: CurrentAdmin, name: PathName) -> None:
    """Forgets an experiment that does not run, and what came of it."""
    await experiment_admin.delete(name)


def _answer(experiment: Experiment, status: int = 200) -> Response:
    return json_response(experiment.model_dump(mode="json"), status)
