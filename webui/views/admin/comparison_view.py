"""Two variants side by side for one user."""

from __future__ import annotations

from dataclasses import dataclass

from online.admin.admin_service import AdminService
from online.admin.comparison import Comparison
from online.admin.types import Comparables


@dataclass(frozen=True)
class ComparisonView:
    """The form, and what came of it."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]  # flow or experiment → comparables
    user_id: int | None
    a: str
    b: str
    comparison: Comparison | None  # None until the form says what is wanted


async def comparison_view(
    office: AdminService, user_id: int | None, a: str | None, b: str | None
) -> ComparisonView:
    """The page; raises as `Office.compare`."""
    choices = await office.comparables()
    flow, models = choices.plain[0], choices.models
    first = a or f"{flow}/{models[0]}"
    second = b or f"{flow}/{models[min(1, len(models) - 1)]}"
    found = None if user_id is None else await office.compare(user_id, first, second)
    return ComparisonView(_groups(choices), user_id, first, second, found)


def _groups(choices: Comparables) -> tuple[tuple[str, tuple[str, ...]], ...]:
    flows = tuple(
        (flow, tuple(f"{flow}/{model}" for model in choices.models)) for flow in choices.plain
    )
    experiments = tuple(
        (experiment, tuple(f"{experiment}:{variant}" for variant in variants))
        for experiment, variants in choices.variants.items()
    )
    return flows + experiments
