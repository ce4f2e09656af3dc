"""The types of a recommendation flow: the request, the stages and what passes between them.

sources → filters → scorer → rerankers; `online.flow.runner` runs a flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from online.catalogue.catalogue import Catalogue
from online.catalogue.item_filter import ItemSubset, take_matching
from online.reason import Reason
from online.slates.slate import Slate
from online.types import Query, Stage
from online.users.user_history import user_history
from online.users.user_state import UserState
from sparrow.arrays import Int
from sparrow.errors import InvalidRequestError
from sparrow.feedback.event import EventType
from sparrow.signals.registry import UserSignals
from sparrow.signals.values.history import History
from sparrow.signals.values.liked_items import liked_items

NOT_RETRIEVED = -2
NO_PROVENANCE = -1
_NO_MOVIES: Int = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Request:
    """A hydrated query: everything that stages may look at."""

    query: Query
    user: UserState
    catalogue: Catalogue
    at: int  # seconds since 1970
    refresh_count: int = 0  # how often others were asked for; with `at`, it seeds the draws
    skipped: Int = field(default_factory=_NO_MOVIES.copy)  # shown before they were, by position
    slate: Slate | None = None  # what an earlier request of the visit was answered with
    # position → chance of its place, noted by a reranker that draws; others are there for certain
    propensities: dict[int, float] = field(default_factory=dict)

    @cached_property
    def rated_items(self) -> Int:
        """Positions of the movies that the user rated, oldest first."""
        return self.catalogue.item_index(self.user.history["movie_id"])

    @cached_property
    def rated(self) -> Int:
        """`seen`, and the same movies under other ids, as in `watched`, `hidden`, `excluded`."""
        return self.catalogue.duplicates.with_duplicates(self.rated_items)

    @cached_property
    def watched(self) -> Int:
        """Positions of the movies that the user watched without rating them, maybe."""
        return self.catalogue.item_index_all_ids(self.user.watched)

    @cached_property
    def hidden(self) -> Int:
        """Positions of the movies that the user never wants to see again."""
        return self.catalogue.item_index_all_ids(self.user.hidden)

    @cached_property
    def clicked(self) -> Int:
        """Positions of the movies whose page the user opened lately, newest first."""
        clicks = self.user.recent_events(EventType.CLICK)
        return self.catalogue.item_index(clicks["movie_id"][::-1])

    @cached_property
    def query_item(self) -> int:
        """Position of the movie that the query starts from; NotFoundError for an unknown one."""
        if self.query.movie_id is None:
            raise InvalidRequestError("movie_id", "Expected the movie to start from, got none.")
        return self.catalogue.item(self.query.movie_id)

    @cached_property
    def history(self) -> History:
        """What signals are computed from."""
        return user_history(self.user, self.catalogue, self.query.moment, self.at)

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
        return self.catalogue.item_index_all_ids(self.query.exclude)

    @cached_property
    def touched_items(self) -> Int:
        """Positions of all that the user or the query has to do with, ascending.

        Within the subset, filters drop no others: so a list's length is told without making it.
        """
        recent = self.catalogue.item_index_all_ids(self.user.recent["movie_id"])
        return np.unique(
            np.concatenate([self.rated, self.watched, self.hidden, self.excluded, recent])
        )

    @cached_property
    def subset(self) -> ItemSubset:
        """Which movies the query asks about."""
        query = self.query
        years = (query.year_from, query.year_to)
        return self.catalogue.subsets.of(query.genre, years, query.min_votes)

    @cached_property
    def eligible(self) -> np.ndarray:
        """The subset without what the user rated, watched or has no interest in: `(movies,)` bool.

        Sources choose among these: recall that spends its places on movies which a filter drops
        leaves too few to rank. Copying a byte per movie is all that a request does for each movie
        of the catalogue: 20 µs for a million.
        """
        mask = self.subset.mask.copy()
        mask[self.consumed] = False
        return mask

    @cached_property
    def consumed(self) -> Int:
        """Positions of what the user is done with, as often as they are."""
        return np.concatenate([self.rated, self.watched, self.hidden])

    def top_of_chart(self, chart: str, count: int | None) -> Int:
        """The first `count` movies of a chart that are eligible; None: all of them."""
        return take_matching(self.subset.chart(chart), count, self.eligible)


@dataclass(frozen=True)
class SourceResult:
    """What a source found, best first and without repeats."""

    item_index: Int  # (n,)
    provenance: Int | None = None  # (n,) what led there, a number that the source's `reason` reads


class Source(Protocol):
    """A recall source."""

    @property
    def name(self) -> str:
        """What the trace calls it."""
        ...

    def __call__(self, request: Request) -> SourceResult:
        """Candidates for a request; none when it has nothing to go by."""
        ...

    def reason(self, request: Request, cause: int) -> Reason | None:
        """What is true of a movie because this source found it; None: nothing by itself."""
        ...


class Backfill(Source, Protocol):
    """A source that knows the whole subset, but for a few."""

    def unreachable(self, request: Request) -> Int:
        """Positions of the movies that it does not find, whatever the subset."""
        ...


class Filter(Protocol):
    """Decides which candidates may be shown.

    Apart from movies outside the query's subset it drops `Request.touched_items` ones only.
    """

    @property
    def name(self) -> str:
        """Why a movie was dropped, in words."""
        ...

    def __call__(self, request: Request, item_index: Int) -> np.ndarray:
        """`(n,)` bool: True keeps."""
        ...


@dataclass(frozen=True)
class Scores:
    """How good candidates are for a user."""

    total: np.ndarray  # (n,)
    components: Mapping[str, np.ndarray]  # (n,) each; the total is their sum

    def take(self, index: Int) -> Scores:
        """The scores that an order picks."""
        return Scores(self.total[index], {name: c[index] for name, c in self.components.items()})

    def concat(self, other: Scores) -> Scores:
        """These and below them others; a part that only one of the two has is NaN in the other."""
        names = dict.fromkeys([*self.components, *other.components])
        both = [(scores, np.full(len(scores.total), np.nan)) for scores in (self, other)]
        return Scores(
            np.concatenate([self.total, other.total]),
            {
                n: np.concatenate([s.components.get(n, unknown) for s, unknown in both])
                for n in names
            },
        )


class Scorer(Protocol):
    """Ranks candidates."""

    @property
    def name(self) -> str:
        """What answers name as the model."""
        ...

    def __call__(self, request: Request, item_index: Int) -> Scores:
        """Scores of the candidates at `item_index`, higher is better; may hold NaN."""
        ...


@dataclass(frozen=True)
class Candidates:
    """Movies on their way through a flow, ascending by id until they are ranked."""

    item_index: Int  # (n,)
    provenance: np.ndarray  # (sources, n): the source's cause, NO_CAUSE, or NOT_FOUND by it

    def __len__(self) -> int:
        return len(self.item_index)

    def take(self, index: np.ndarray) -> Candidates:
        """The candidates that a mask or an order picks."""
        return Candidates(self.item_index[index], self.provenance[:, index])

    def concat(self, other: Candidates) -> Candidates:
        """These and below them others."""
        return Candidates(
            np.concatenate([self.item_index, other.item_index]),
            np.concatenate([self.provenance, other.provenance], axis=1),
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
    """The stages of a flow, in the order they run. Immutable and shared by all requests."""

    name: str
    sources: tuple[Source, ...]
    backfill: Backfill  # fills the list below what the sources found
    filters: tuple[Filter, ...]
    scorer: Scorer
    fallback: Scorer  # scores if the scorer fails, and the backfill
    rerankers: tuple[Reranker, ...]
    slate_order: Reranker | None = None  # applied last if the request replays a slate
    recall_milliseconds: float = 50.0  # no further source is called after this time
    remote_scorer: Scorer | None = None  # the scorer's model on another server, tried first
    requires: Literal["movie_id", "genre"] | None = None  # query field that must be set
    ends_slate_on_click: bool = False  # a click starts a new slate

    @property
    def all_sources(self) -> tuple[Source, ...]:
        """The sources and the backfill: the rows of `Candidates.provenance`."""
        return (*self.sources, self.backfill)


@dataclass(frozen=True)
class Ranked:
    """The outcome of a flow, best first, as far as the query reaches or further."""

    candidates: Candidates
    scores: Scores
    rank_changes: Mapping[str, Int]  # by reranker: (n,) ranks that it moved each movie up
    model: str
    trace: tuple[Stage, ...]
    total: int  # how many there are to page through, `candidates` may end before
