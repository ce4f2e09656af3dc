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
    """A query with its user's state: the input of all stages."""

    query: Query
    user: UserState
    catalogue: Catalogue
    at: int  # seconds since 1970
    refresh_count: int = 0  # number of `Query.refresh`; with `at`, it seeds the draws
    # item_index of movies shown before the last refresh
    skipped: Int = field(default_factory=_NO_MOVIES.copy)
    slate: Slate | None = None  # the list of the visit that this request replays
    # item_index → probability of the draw, set by a reranker that draws; 1 for all others
    propensities: dict[int, float] = field(default_factory=dict)

    @cached_property
    def rated_items(self) -> Int:
        """item_index of the movies that the user rated, oldest first."""
        return self.catalogue.item_index(self.user.history["movie_id"])

    @cached_property
    def rated(self) -> Int:
        """`rated_items`, with the duplicates of these movies, as in `watched`, `hidden`,
        `excluded`.
        """
        return self.catalogue.duplicates.with_duplicates(self.rated_items)

    @cached_property
    def watched(self) -> Int:
        """item_index of the movies that the user marked as watched."""
        return self.catalogue.item_index_all_ids(self.user.watched)

    @cached_property
    def hidden(self) -> Int:
        """item_index of the movies that the user is not interested in."""
        return self.catalogue.item_index_all_ids(self.user.hidden)

    @cached_property
    def clicked(self) -> Int:
        """item_index of the movies that the user clicked lately, newest first."""
        clicks = self.user.recent_events(EventType.CLICK)
        return self.catalogue.item_index(clicks["movie_id"][::-1])

    @cached_property
    def query_item(self) -> int:
        """item_index of `Query.movie_id`; NotFoundError for an unknown one."""
        if self.query.movie_id is None:
            raise InvalidRequestError("movie_id", "Expected the movie to start from, got none.")
        return self.catalogue.item(self.query.movie_id)

    @cached_property
    def history(self) -> History:
        """The history that signals are computed from."""
        return user_history(self.user, self.catalogue, self.query.moment, self.at)

    @cached_property
    def signals(self) -> UserSignals:
        """The values of all signals for the user."""
        return UserSignals(self.catalogue.fitted, self.history)

    @cached_property
    def liked(self) -> Int:
        """item_index of the movies that the user liked or chose, oldest first."""
        return liked_items(self.history, self.catalogue.like_threshold)

    @cached_property
    def excluded(self) -> Int:
        """item_index of `Query.exclude`; unknown ids are ignored."""
        return self.catalogue.item_index_all_ids(self.query.exclude)

    @cached_property
    def touched_items(self) -> Int:
        """item_index of all movies of the user's events and of the query, ascending.

        Within the subset, filters drop no others, so that a list's length is known without building
        it.
        """
        recent = self.catalogue.item_index_all_ids(self.user.recent["movie_id"])
        return np.unique(
            np.concatenate([self.rated, self.watched, self.hidden, self.excluded, recent])
        )

    @cached_property
    def subset(self) -> ItemSubset:
        """The movies that the query's genre, years and minimum of ratings allow."""
        query = self.query
        years = (query.year_from, query.year_to)
        return self.catalogue.subsets.of(query.genre, years, query.min_votes)

    @cached_property
    def eligible(self) -> np.ndarray:
        """The subset without movies that the user rated, watched or hid: `(movies,)` bool.

        Sources choose among these; otherwise filters would leave too few candidates to rank.
        Copying this mask is all that a request does for each movie of the catalogue: 20 µs for a
        million.
        """
        mask = self.subset.mask.copy()
        mask[self.consumed] = False
        return mask

    @cached_property
    def consumed(self) -> Int:
        """item_index of what the user rated, watched or hid; may repeat."""
        return np.concatenate([self.rated, self.watched, self.hidden])

    def top_of_chart(self, chart: str, count: int | None) -> Int:
        """The first `count` movies of a chart that are eligible; None: all of them."""
        return take_matching(self.subset.chart(chart), count, self.eligible)


@dataclass(frozen=True)
class SourceResult:
    """The movies that a source found, best first, without repeats."""

    item_index: Int  # (n,)
    # (n,) what led to each movie, a number that the source's `reason` reads
    provenance: Int | None = None


class Source(Protocol):
    """A recall source."""

    @property
    def name(self) -> str:
        """Name in the trace."""
        ...

    def __call__(self, request: Request) -> SourceResult:
        """Candidates for a request; empty if the source has nothing to start from."""
        ...

    def reason(self, request: Request, cause: int) -> Reason | None:
        """The reason that follows from having been found by this source; None: none."""
        ...


class Backfill(Source, Protocol):
    """A source that finds the whole subset, but for a few movies."""

    def unreachable(self, request: Request) -> Int:
        """item_index of the movies that it does not find in any subset."""
        ...


class Filter(Protocol):
    """Decides which candidates may be shown.

    Outside the query's subset it may drop any movie, inside only `Request.touched_items`.
    """

    @property
    def name(self) -> str:
        """The reason for dropping a movie, in words."""
        ...

    def __call__(self, request: Request, item_index: Int) -> np.ndarray:
        """`(n,)` bool: True keeps."""
        ...


@dataclass(frozen=True)
class Scores:
    """Scores of n candidates."""

    total: np.ndarray  # (n,)
    components: Mapping[str, np.ndarray]  # (n,) each; the total is their sum

    def take(self, index: Int) -> Scores:
        """The scores at these indices."""
        return Scores(self.total[index], {name: c[index] for name, c in self.components.items()})

    def concat(self, other: Scores) -> Scores:
        """These scores, then the others; a component that one of the two lacks is NaN there."""
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
        """Name of the model in responses."""
        ...

    def __call__(self, request: Request, item_index: Int) -> Scores:
        """Scores of the candidates at `item_index`, higher is better; may hold NaN."""
        ...


@dataclass(frozen=True)
class Candidates:
    """Candidates of a flow, ascending by id until they are ranked."""

    item_index: Int  # (n,)
    provenance: np.ndarray  # (sources, n): the source's provenance, NO_PROVENANCE or NOT_RETRIEVED

    def __len__(self) -> int:
        return len(self.item_index)

    def take(self, index: np.ndarray) -> Candidates:
        """The candidates that a mask or an order selects."""
        return Candidates(self.item_index[index], self.provenance[:, index])

    def concat(self, other: Candidates) -> Candidates:
        """These candidates, then the others."""
        return Candidates(
            np.concatenate([self.item_index, other.item_index]),
            np.concatenate([self.provenance, other.provenance], axis=1),
        )


class Reranker(Protocol):
    """Rearranges a ranked list."""

    @property
    def name(self) -> str:
        """Name in the trace."""
        ...

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:
        """The new order, as ranks in the current one.

        `scores` (n,) are those of the ranks, best first, NaN last: after another reranker, the
        movie at a rank counts as if it had the rank's score.
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
    """The ranking of a flow, best first, at least as far as the query reaches."""

    candidates: Candidates
    scores: Scores
    rank_changes: Mapping[str, Int]  # by reranker: (n,) ranks that it moved each movie up
    model: str
    trace: tuple[Stage, ...]
    total: int  # length of the whole list; `candidates` may end before
