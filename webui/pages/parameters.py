"""Types of what comes in by path, query and form."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import BeforeValidator

LARGEST = 2**63 - 1

PageNumber = Annotated[int, Query(ge=1, le=10_000)]
Id = Annotated[int, Path(ge=0, le=LARGEST)]


def blank_to_none(value: object) -> object:
    """An empty form field asks for nothing."""
    return None if isinstance(value, str) and not value.strip() else value


Blank = BeforeValidator(blank_to_none)
