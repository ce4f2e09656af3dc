"""One candidate_sources source by itself: what it finds, before anything ranks or fills up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from online.flow.flows.home import candidate_sources
from online.flow.sources.nearest_to_user import NearestToUser
from online.flow.stages import Flow, Request, Source
from online.serving.loaded_release import LoadedRelease
from sparrow.arrays import Int
from sparrow.errors import InvalidRequestError
from sparrow.signals.registry import NAMES
from sparrow.vectors.cold_start import has_user_vectors


def source_names(embeddings: Sequence[str] = ()) -> tuple[Source, ...]:
    """The home flow's sources, then one for each embedding of a release that is no signal."""
    others = [NearestToUser(n) for n in embeddings if has_user_vectors(n) and n not in NAMES]
    return (*candidate_sources(), *others)


def source_by_name(serving: LoadedRelease, name: str) -> Source:
    """A source of a release by its name; InvalidRequestError when there is none."""
    known = source_names(serving.release.manifest.embeddings)
    found = [source for source in known if source.name == name]
    if not found:
        names = ", ".join(source.name for source in known)
        raise InvalidRequestError("source", f"Expected one of {names}, got {name}.")
    return found[0]


def run_source(flow: Flow, source: Source, request: Request) -> Int:
    """Positions of what one source finds and the flow's filters let through, in its own order.

    A movie with several ids is there once, by the first of them.
    """
    found = source(request).item_index
    found = reduce(lambda left, each: left[each(request, left)], flow.filters, found)
    return request.catalogue.duplicates.deduplicate(found)


def reciprocal_ranks(count: int) -> np.ndarray:
    """What stands for scores where there is only an order: 1, 1/2, 1/3, …"""
    return np.asarray(1.0 / np.arange(1, count + 1))
