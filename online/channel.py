"""One recall channel by itself: what it finds, before anything ranks or fills up."""

from __future__ import annotations

from functools import reduce

import numpy as np

from online.flow import Flow, Request, Source
from online.flows.home import recall
from sparrow.errors import InvalidRequestError
from sparrow.events import Int


def channel_names() -> tuple[str, ...]:
    """Names of the recall channels."""
    return tuple(source.name for source in recall())


def channel(flow: Flow, name: str) -> Source:
    """A flow's channel of this name; InvalidRequestError when it has none."""
    found = [source for source in flow.sources if source.name == name]
    if not found:
        names = ", ".join(source.name for source in flow.sources)
        raise InvalidRequestError("channel", f"Expected one of {names}, got {name}.")
    return found[0]


def found_alone(flow: Flow, source: Source, request: Request) -> Int:
    """Positions of what one channel finds and the flow's filters let through, in its own order."""
    positions = source(request).positions
    return reduce(lambda left, each: left[each(request, left)], flow.filters, positions)


def places(count: int) -> np.ndarray:
    """What stands for scores where there is only an order: 1, 1/2, 1/3, …"""
    return np.asarray(1.0 / np.arange(1, count + 1))
