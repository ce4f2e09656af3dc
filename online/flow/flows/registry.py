"""All flows by name."""

from __future__ import annotations

from collections.abc import Callable

from online.flow.flows.because import because
from online.flow.flows.discover import discover
from online.flow.flows.genre import genre
from online.flow.flows.home import home
from online.flow.flows.session import session
from online.flow.flows.shared import FlowContext
from online.flow.flows.similar import similar
from online.flow.stages import Flow
from online.types import Query
from sparrow.errors import InvalidRequestError

FLOWS: dict[str, Callable[[FlowContext], Flow]] = {
    "home": home,
    "discover": discover,
    "because": because,
    "similar": similar,
    "genre": genre,
    "session": session,
}


def check_flow(name: str) -> None:
    """Raise InvalidRequestError for an unknown flow."""
    if name not in FLOWS:
        raise InvalidRequestError("flow", f"Expected one of {', '.join(FLOWS)}, got {name}.")


def check_replaceable(flow: Flow, other: Flow) -> None:
    """Raise InvalidRequestError if `flow` requires a field that the queries of `other` may lack."""
    if flow.requires not in (None, other.requires):
        raise InvalidRequestError(
            "flow",
            f"Expected a flow that can answer what {other.name} is asked, but {flow.name} needs "
            f"{flow.requires}.",
        )


def check_required_parameters(flow: Flow, query: Query) -> None:
    """Raise InvalidRequestError if a query lacks the field that its flow requires."""
    if flow.requires is not None and getattr(query, flow.requires) is None:
        raise InvalidRequestError(
            flow.requires, f"Expected {flow.requires} for the flow {flow.name}, got none."
        )
