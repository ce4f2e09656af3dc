"""Types of what comes in by path, query and form."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import BeforeValidator

from webui.views.lists.list_controls import ListControls

MAX_ID = 2**63 - 1

PageNumber = Annotated[int, Query(ge=1, le=10_000)]
Id = Annotated[int, Path(ge=0, le=MAX_ID)]


def blank_to_none(value: object) -> object:
    """An empty form field asks for nothing."""
    return None if isinstance(value, str) and not value.strip() else value


Blank = BeforeValidator(blank_to_none)


async def list_controls(
    popularity: Annotated[float, Query(ge=-1, le=1, allow_inf_nan=False)] = 0.0,
    diversity: Annotated[float, Query(ge=0, le=1, allow_inf_nan=False)] = 0.0,
    freshness: Annotated[float, Query(ge=0, le=1, allow_inf_nan=False)] = 0.0,
) -> ListControls:
    """Where an address puts the sliders."""
    return ListControls(popularity, diversity, freshness)


ListControlsParam = Annotated[ListControls, Depends(list_controls)]
