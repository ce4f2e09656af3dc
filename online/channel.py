"""One recall channel by itself: what it finds, before anything ranks or fills up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from online.flow import Flow, Request, Source
from online.flows.home import recall
from online.serving import Serving
from online.sources.co_rated import CoRated
from online.sources.nearest_to_user import NearestToUser
from sparrow.cold import has_viewers
from sparrow.embedding import MEAN_OF_LIKES
from sparrow.errors import InvalidRequestError
from sparrow.events import Int


def channels(
    embeddings: Sequence[str] = (), similarities: Sequence[str] = ()
) -> tuple[Source, ...]:
    """The home flow's recall channels, then one for each other embedding and similarity.

    The names are those of a release; its first similarity is the home flow's.
    """
    others: list[Source] = [
        *(NearestToUser(n, cosine=n in MEAN_OF_LIKES) for n in embeddings if has_viewers(n)),
        *(CoRated(similarity=name) for name in similarities[1:]),
    ]
    named = {source.name: source for source in (*others, *recall())}
    own = [source.name for source in recall()]
    return tuple(named[name] for name in dict.fromkeys([*own, *named]))


def channel(serving: Serving, name: str) -> Source:
    """A channel of a release by its name; InvalidRequestError when there is none."""
    manifest = serving.release.manifest
    known = channels(manifest.embeddings, manifest.similarities)
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
