"""A flow of recommendation as a declared composition: what its stages are given and must give.

hydrate → sources (recall) → filters → scorer → rerankers; `online.runner` runs it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from online.catalogue import Catalogue
from online.personal_evidence import PersonalEvidence
from online.types import Query, Stage
from online.viewer_state import ViewerState
from sparrow.errors import InvalidRequestError
from sparrow.events import Int
from sparrow.feedback.event import Kind
from sparrow.feedback.record import KINDS, STANDS

NOT_FOUND = -2
NO_CAUSE = -1


@dataclass(frozen=True)
class Request:
    """A hydrated query: everything that stages may look at."""

    query: Query
    viewer: ViewerState
    catalogue: Catalogue
    at: int  # seconds since 1970
    # position → chance of its place, noted by a reranker that draws; others are there for certain
    propensities: dict[int, float] = field(default_factory=dict)

    @cached_property
    def seen(self) -> Int:
        """Positions of the movies that the viewer rated, oldest first."""
        return self.catalogue.positions(self.viewer.history["movie_id"])

    @cached_property
    def watched(self) -> Int:
        """Positions of the movies that the viewer watched without rating them, maybe."""
        return self.catalogue.positions(self.viewer.watched)

    @cached_property
    def hidden(self) -> Int:
        """Positions of the movies that the viewer never wants to see again."""
        return self.catalogue.positions(self.viewer.hidden)

    @cached_property
    def liked(self) -> Int:
        """Ids of the last liked movies, newest first, as far as the viewer's row reaches."""
        row = self.viewer.row
        enough = row["user_recent_stars"] >= self.catalogue.like_threshold
        liked: Int = row["user_recent_movies"][enough]
        return liked

    @cached_property
    def clicked(self) -> Int:
        """Positions of the movies whose page the viewer opened lately, newest first."""
        recent = self.viewer.recent
        clicks = recent[(recent["kind"] == KINDS.index(Kind.CLICK)) & (recent["flag"] == STANDS)]
        return self.catalogue.positions(clicks["movie_id"][::-1])

    @cached_property
    def origin(self) -> int:
        """Position of the movie that the query starts from; NotFoundError for an unknown one."""
        if self.query.movie_id is None:
            raise InvalidRequestError("movie_id", "Expected the movie to start from, got none.")
        return self.catalogue.position(self.query.movie_id)

    def evidence(self, part: str, positions: Int) -> np.ndarray:
        """One of `sparrow.evidence.PARTS` for the movies at `positions`: (n,)."""
        if part in self.catalogue.crowd:
            return self.catalogue.crowd[part][positions]
        return self.personal.at(part, positions)

    @cached_property
    def personal(self) -> PersonalEvidence:
        """What the viewer's history says of movies."""
        return PersonalEvidence(self.viewer, self.catalogue)

    @cached_property
    def scope(self) -> np.ndarray:
        """Which movies the query asks about: `(movies,)` bool."""
        enough = self.catalogue.figures.count >= self.query.min_votes
        return np.asarray(self.of_genre & self.of_years & enough)

    @cached_property
    def of_genre(self) -> np.ndarray:
        """Which movies are of the query's genre, all if it names none: `(movies,)` bool."""
        if self.query.genre is None:
            return np.ones(len(self.catalogue), dtype=bool)
        return self.catalogue.in_genre(self.query.genre)

    @cached_property
    def of_years(self) -> np.ndarray:
        """Which movies are of the query's years, all if it names none: `(movies,)` bool."""
        first, last = self.query.year_from, self.query.year_to
        fitting = np.ones(len(self.catalogue), dtype=bool)
        # NaN, the unknown, fails every comparison
        if first is not None:
            fitting &= self.catalogue.figures.year >= first
        if last is not None:
            fitting &= self.catalogue.figures.year <= last
        return fitting

    @cached_property
    def open(self) -> np.ndarray:
        """What sources should look at: the scope without what the viewer is done with.

        `(movies,)` bool: without what they rated, watched, or have no interest in.

        Recall that spends its places on movies which a filter drops leaves too few to rank.
        """
        mask = self.scope.copy()
        for done in (self.seen, self.watched, self.hidden):
            mask[done] = False
        return mask


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

    def reason(self, request: Request, cause: int) -> str:
        """Why it found a movie, in one true sentence."""
        ...


class Filter(Protocol):
    """Decides which candidates may be shown."""

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
    sources: tuple[Source, ...]  # the first that found a movie gives its reason
    backfill: Source  # what it knows beyond the sources follows below what they found
    filters: tuple[Filter, ...]
    scorer: Scorer
    fallback: Scorer
    rerankers: tuple[Reranker, ...]
    recall_milliseconds: float = 50.0  # after which no further source is asked
    remote: Scorer | None = None  # the same model elsewhere, asked first
    needs: Literal["movie_id", "genre"] | None = None  # what its queries must name

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
