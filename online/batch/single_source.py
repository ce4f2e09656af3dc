"""One recall channel by itself: what it finds, before anything ranks or fills up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from online.flow.flows.home import recall
from online.flow.sources.nearest_to_user import NearestToUser
from online.flow.stages import Flow, Request, Source
from online.serving.loaded_release import Serving
from sparrow.arrays import Int
from sparrow.errors import InvalidRequestError
from sparrow.signals.registry import NAMES
from sparrow.vectors.cold_start import has_user_vectors


def channels(embeddings: Sequence[str] = ()) -> tuple[Source, ...]:
    """The home flow's sources, then one for each embedding of a release that is no signal."""
    others = [NearestToUser(n) for n in embeddings if has_user_vectors(n) and n not in NAMES]
    return (*recall(), *others)


def channel(serving: Serving, name: str) -> Source:
    """A channel of a release by its name; InvalidRequestError when there is none."""
    known = channels(serving.release.manifest.embeddings)
    found = [source for source in known if source.name == name]
    if not found:
        names = ", ".join(source.name for source in known)
        raise InvalidRequestError("channel", f"Expected one of {names}, got {name}.")
    return found[0]


def found_alone(flow: Flow, source: Source, request: Request) -> Int:
    """Positions of what one channel finds and the flow's filters let through, in its own order.

    A movie with several ids is there once, by the first of them.
    """
    found = source(request).positions
    found = reduce(lambda left, each: left[each(request, left)], flow.filters, found)
    return request.catalogue.duplicates.once_each(found)


def places(count: int) -> np.ndarray:
    """What stands for scores where there is only an order: 1, 1/2, 1/3, …"""
    return np.asarray(1.0 / np.arange(1, count + 1))
