"""A flow of recommendation as a declared composition: what its stages are given and must give.

hydrate → sources (recall) → filters → scorer → rerankers; `online.flow.runner` runs it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from online.catalogue.catalogue import Catalogue
from online.catalogue.item_filter import Scope, first
from online.reason import Reason
from online.slates.slate import HeldList
from online.types import Query, Stage
from online.users.user_history import user_history
from online.users.user_state import ViewerState
from sparrow.arrays import Int
from sparrow.errors import InvalidRequestError
from sparrow.feedback.event import EventType
from sparrow.signals.registry import UserSignals
from sparrow.signals.values.history import History
from sparrow.signals.values.liked_items import liked_items

NOT_FOUND = -2
NO_CAUSE = -1
_NO_MOVIES: Int = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Request:
    """A hydrated query: everything that stages may look at."""

    query: Query
    viewer: ViewerState
    catalogue: Catalogue
    at: int  # seconds since 1970
    turn: int = 0  # how often others were asked for; with `at`, it seeds the draws
    passed: Int = field(default_factory=_NO_MOVIES.copy)  # shown before they were, by position
    held: HeldList | None = None  # what an earlier request of the visit was answered with
    # position → chance of its place, noted by a reranker that draws; others are there for certain
    propensities: dict[int, float] = field(default_factory=dict)

    @cached_property
    def seen(self) -> Int:
        """Positions of the movies that the viewer rated, oldest first."""
        return self.catalogue.positions(self.viewer.history["movie_id"])

    @cached_property
    def rated(self) -> Int:
        """`seen`, and the same movies under other ids, as in `watched`, `hidden`, `excluded`."""
        return self.catalogue.duplicates.with_others(self.seen)

    @cached_property
    def watched(self) -> Int:
        """Positions of the movies that the viewer watched without rating them, maybe."""
        return self.catalogue.every_id(self.viewer.watched)

    @cached_property
    def hidden(self) -> Int:
        """Positions of the movies that the viewer never wants to see again."""
        return self.catalogue.every_id(self.viewer.hidden)

    @cached_property
    def clicked(self) -> Int:
        """Positions of the movies whose page the viewer opened lately, newest first."""
        clicks = self.viewer.of_kind(EventType.CLICK)
        return self.catalogue.positions(clicks["movie_id"][::-1])

    @cached_property
    def origin(self) -> int:
        """Position of the movie that the query starts from; NotFoundError for an unknown one."""
        if self.query.movie_id is None:
            raise InvalidRequestError("movie_id", "Expected the movie to start from, got none.")
        return self.catalogue.position(self.query.movie_id)

    @cached_property
    def history(self) -> History:
        """What signals are computed from."""
        return user_history(self.viewer, self.catalogue, self.query.moment, self.at)

    @cached_property
    def signals(self) -> UserSignals:
        """What is known of how well movies fit the user."""
        return UserSignals(self.catalogue.fitted, self.history)

    @cached_property
    def liked(self) -> Int:
        """Positions of the movies that the user liked or chose, oldest first."""
        return liked_items(self.history, self.catalogue.like_threshold)

    @cached_property
    def excluded(self) -> Int:
        """Positions of the movies that the query leaves out; unknown ids leave out nothing."""
        return self.catalogue.every_id(self.query.exclude)

    @cached_property
    def named(self) -> Int:
        """Positions of all that the viewer or the query has to do with, ascending.

        Within the scope, filters drop no others: so a list's length is told without making it.
        """
        recent = self.catalogue.every_id(self.viewer.recent["movie_id"])
        return np.unique(
            np.concatenate([self.rated, self.watched, self.hidden, self.excluded, recent])
        )

    @cached_property
    def scope(self) -> Scope:
        """Which movies the query asks about."""
        query = self.query
        years = (query.year_from, query.year_to)
        return self.catalogue.scopes.of(query.genre, years, query.min_votes)

    @cached_property
    def eligible(self) -> np.ndarray:
        """The scope without what the user rated, watched or has no interest in: `(movies,)` bool.

        Sources choose among these: recall that spends its places on movies which a filter drops
        leaves too few to rank. Copying a byte per movie is all that a request does for each movie
        of the catalogue: 20 µs for a million.
        """
        mask = self.scope.mask.copy()
        mask[self.done] = False
        return mask

    @cached_property
    def done(self) -> Int:
        """Positions of what the viewer is done with, as often as they are."""
        return np.concatenate([self.rated, self.watched, self.hidden])

    def top(self, chart: str, count: int | None) -> Int:
        """The first `count` movies of a chart that are eligible; None: all of them."""
        return first(self.scope.chart(chart), count, self.eligible)


@dataclass(frozen=True)
class Found:
    """What a source found, best first and without repeats."""

    positions: Int  # (n,)
    causes: Int | None = None  # (n,) what led there, a number that the source's `reason` reads


class Source(Protocol):
    """A recall channel."""

    @property
    def name(self) -> str:
        """What the trace calls it."""
        ...

    def __call__(self, request: Request) -> Found:
        """Candidates for a request; none when it has nothing to go by."""
        ...

    def reason(self, request: Request, cause: int) -> Reason | None:
        """What is true of a movie because this source found it; None: nothing by itself."""
        ...


class Backfill(Source, Protocol):
    """A source that knows the whole scope, but for a few."""

    def left_out(self, request: Request) -> Int:
        """Positions of the movies that it does not find, whatever the scope."""
        ...


class Filter(Protocol):
    """Decides which candidates may be shown.

    Apart from movies outside the query's scope it drops `Request.named` ones only.
    """

    @property
    def name(self) -> str:
        """Why a movie was dropped, in words."""
        ...

    def __call__(self, request: Request, positions: Int) -> np.ndarray:
        """`(n,)` bool: True keeps."""
        ...


@dataclass(frozen=True)
class Scores:
    """How good candidates are for a viewer."""

    total: np.ndarray  # (n,)
    parts: Mapping[str, np.ndarray]  # (n,) each, what the total is made of

    def take(self, index: Int) -> Scores:
        """The scores that an order picks."""
        return Scores(self.total[index], {name: part[index] for name, part in self.parts.items()})

    def then(self, other: Scores) -> Scores:
        """These and below them others; a part that only one of the two has is NaN in the other."""
        names = dict.fromkeys([*self.parts, *other.parts])
        both = [(scores, np.full(len(scores.total), np.nan)) for scores in (self, other)]
        return Scores(
            np.concatenate([self.total, other.total]),
            {n: np.concatenate([s.parts.get(n, unknown) for s, unknown in both]) for n in names},
        )


class Scorer(Protocol):
    """Ranks candidates."""

    @property
    def name(self) -> str:
        """What answers name as the model."""
        ...

    def __call__(self, request: Request, positions: Int) -> Scores:
        """Scores of the candidates at `positions`, higher is better; may hold NaN."""
        ...


@dataclass(frozen=True)
class Candidates:
    """Movies on their way through a flow, ascending by id until they are ranked."""

    positions: Int  # (n,)
    causes: np.ndarray  # (sources, n): the source's cause, NO_CAUSE, or NOT_FOUND by it

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, index: np.ndarray) -> Candidates:
        """The candidates that a mask or an order picks."""
        return Candidates(self.positions[index], self.causes[:, index])

    def then(self, other: Candidates) -> Candidates:
        """These and below them others."""
        return Candidates(
            np.concatenate([self.positions, other.positions]),
            np.concatenate([self.causes, other.causes], axis=1),
        )


class Reranker(Protocol):
    """Rearranges a ranked list."""

    @property
    def name(self) -> str:
        """What the trace calls it."""
        ...

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order as places in the old one.

        `scores` (n,) are those of the places, best first, NaN last: after another re-ranker, the
        movie at a place counts as if it had been scored so.
        """
        ...


@dataclass(frozen=True)
class Flow:
    """A menu: read it from top to bottom."""

    name: str
    hydrate: Callable[[Query], Awaitable[Request]]
    sources: tuple[Source, ...]
    backfill: Backfill  # what it knows beyond the sources follows below what they found
    filters: tuple[Filter, ...]
    scorer: Scorer
    fallback: Scorer
    rerankers: tuple[Reranker, ...]
    recall_milliseconds: float = 50.0  # after which no further source is asked
    remote: Scorer | None = None  # the same model elsewhere, asked first
    needs: Literal["movie_id", "genre"] | None = None  # what its queries must name
    follows_clicks: bool = False  # a click is an act that ends a held list of it

    @property
    def channels(self) -> tuple[Source, ...]:
        """All that can find a movie: the rows of `Candidates.causes`."""
        return (*self.sources, self.backfill)


@dataclass(frozen=True)
class Ranked:
    """The outcome of a flow, best first, as far as the query reaches or further."""

    candidates: Candidates
    scores: Scores
    moves: Mapping[str, Int]  # by reranker: (n,) places that it moved each movie up
    model: str
    trace: tuple[Stage, ...]
    total: int  # how many there are to page through, `candidates` may end before
