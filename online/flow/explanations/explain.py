"""Reasons for the movies of a page, mostly the events of the user's history that led to them.

The first that applies to a movie:

1. what its source knows and no ranker does: a rule, the query's movie, similar content of a cold
movie; 2. the event of the history without which its score would be lowest, if the loss is large
enough; 3. its main genre, if that is one of the user's distinctive ones; 4. the last likes
together; other reasons of its sources; the whole history; 5. a reason that is the same for
everybody: popular, trending, well rated, new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from online.flow.explanations.influence import Influence
from online.flow.sources.signal_source import SignalSource
from online.flow.stages import NOT_RETRIEVED, Flow, Ranked, Request, Source
from online.reason import Reason, ReasonKind
from sparrow.arrays import Int
from sparrow.signals.groups import popularity
from sparrow.signals.registry import NAMES

MIN_EFFECT = 0.15
"""An event is a reason if without it the movie's score would lose at least this many standard
deviations of the list's scores.
"""

MAX_REPEATS = 2  # number of reasons on a page that may name the same movie
LEADING_KINDS: frozenset[ReasonKind] = frozenset(
    {"own_words", "similar", "cold_like_rated", "cold_like", "cold"}
)
"""Reasons of sources that have priority over the ranker's."""

RECENT_LIKES = 5  # number of last likes that are a reason together
GENRE_LIFT = 1.3  # a distinctive genre's share of the history, relative to its share of all ratings
MIN_GENRE_MOVIES = 3  # of a distinctive genre

_GLOBAL_REASONS: Mapping[str, ReasonKind] = {
    "popularity": "popular",
    "popularity_30d": "trending",
    "popularity_7d": "trending",
    "bayesian_average": "acclaimed",
    "item_recency": "added",
    "year": "released",
}
_POPULARITY_SIGNALS = frozenset(signal.name for signal in popularity.SIGNALS)
_NEW_YEARS = 1  # years up to the newest movie's that count as new


def reasons(flow: Flow, request: Request, ranked: Ranked, shown: slice) -> list[Reason]:
    """One for each movie of the page."""
    made: list[Reason] = []
    page = _PageExplainer(flow, request, ranked, shown)
    for place in range(len(page.item_index)):
        barred = _too_frequent(made)
        candidates = page.candidates(place)
        made.append(next(r for r in candidates if barred is None or r.movie_id != barred))
    return made


def _too_frequent(made: Sequence[Reason]) -> int | None:
    """The movie that the last reasons name, if it may not be named again."""
    last = [reason.movie_id for reason in made[-MAX_REPEATS:]]
    return last[0] if len(last) == MAX_REPEATS and len(set(last)) == 1 else None


@dataclass(frozen=True)
class _PageExplainer:
    """The movies of a page, with what their reasons are derived from."""

    flow: Flow
    request: Request
    ranked: Ranked
    shown: slice

    @cached_property
    def item_index(self) -> Int:
        found: Int = self.ranked.candidates.item_index[self.shown]
        return found

    def candidates(self, place: int) -> Iterator[Reason]:
        """Reasons that apply to a movie, the best first; the last names no movie."""
        claims = self._source_reasons(place)
        yield from (claim for claim in claims if claim.kind in LEADING_KINDS)
        yield from self._event_reasons(place)
        yield from self._genre(place)
        yield from self._recent_likes_reason(place)
        yield from (claim for claim in claims if claim.kind not in LEADING_KINDS)
        yield from self._taste_reason(place)
        yield from self._global_reasons(place)

    @cached_property
    def _sources_of(self) -> list[list[tuple[Source, int]]]:
        """For each movie the sources that found it and may have a reason, with the provenance."""
        made: list[list[tuple[Source, int]]] = [[] for _ in self.item_index]
        for row, source in enumerate(self.flow.all_sources):
            if isinstance(source, SignalSource):
                continue
            provenance = self.ranked.candidates.provenance[row, self.shown].tolist()
            for place, cause in enumerate(provenance):
                if cause > NOT_RETRIEVED:
                    made[place].append((source, cause))
        return made

    def _source_reasons(self, place: int) -> list[Reason]:
        made = (source.reason(self.request, cause) for source, cause in self._sources_of[place])
        return [reason for reason in made if reason is not None]

    @cached_property
    def _components(self) -> dict[str, np.ndarray]:
        parts = self.ranked.scores.components
        return {name: part for name, part in parts.items() if name in NAMES}

    @cached_property
    def _listed(self) -> np.ndarray:
        """Which movies of the list the ranker scored; the backfill has no components."""
        listed: np.ndarray = ~np.isnan(self.ranked.scores.total)
        for part in self._components.values():
            listed &= ~np.isnan(part)
        return listed

    @cached_property
    def _scored(self) -> Int:
        """Ranks of the page's movies that the ranker scored."""
        return np.flatnonzero(self._listed[self.shown])

    @cached_property
    def _influence(self) -> Influence | None:
        """Influence of the history on the movies at `_scored`."""
        if not self._components or not len(self._scored) or not len(self.request.history):
            return None
        listed = np.flatnonzero(self._listed)
        start = self.shown.indices(len(self._listed))[0]
        return Influence.of(
            self.request.signals,
            self.ranked.candidates.item_index[listed],
            np.searchsorted(listed, start + self._scored),
            {name: part[listed] for name, part in self._components.items()},
        )

    @cached_property
    def _largest(self) -> dict[int, list[tuple[int, bool]]]:
        """For each movie the events with a large enough effect, the largest first.

        With each event, whether the effect comes mostly from co-watching signals.
        """
        found = self._influence
        made: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        if found is None:
            return made
        effect, rows = found.effect.copy(), np.arange(len(self._scored))
        for _ in range(min(MAX_REPEATS, effect.shape[1])):
            column = effect.argmax(axis=1)
            value = effect[rows, column]
            mostly = (found.together[rows, column] > value / 2).tolist()
            event = found.event[column].tolist()
            for row in np.flatnonzero((value > 0) & (value >= MIN_EFFECT * found.spread)).tolist():
                made[int(self._scored[row])].append((event[row], mostly[row]))
            effect[rows, column] = -np.inf
        return made

    def _event_reasons(self, place: int) -> Iterator[Reason]:
        """Reasons from the events with a large enough effect, the largest first."""
        for event, together in self._largest.get(place, ()):
            reason = self._event_reason(event, together=together)
            if reason is not None:
                yield reason

    def _event_reason(self, event: int, *, together: bool) -> Reason | None:
        """None for a movie that only represents a stated taste."""
        request = self.request
        item = int(request.history.item_index[event])
        movie = request.catalogue.movies[item]
        stars, named = float(request.history.rating[event]), {"movie": movie.title}
        if not np.isnan(stars):
            if together or stars < request.catalogue.like_threshold:
                return Reason("often_with", named, movie.movie_id)
            return Reason("rated", {**named, "stars": f"{stars:g}"}, movie.movie_id)
        if item in request.watched:
            return Reason("often_with" if together else "watched", named, movie.movie_id)
        if movie.movie_id in request.user.watchlist:
            return Reason("wanted", named, movie.movie_id)
        if item in request.clicked:
            return Reason("looked_at", named, movie.movie_id)
        return None

    @cached_property
    def _distinctive(self) -> np.ndarray:
        """(genres,) bool: genres that the user stated, or watches more than others do."""
        request, catalogue = self.request, self.request.catalogue
        own = catalogue.genres[np.unique(np.concatenate([request.rated_items, request.watched]))]
        count = own.sum(axis=0)
        share = count / max(len(own), 1)
        more = (count >= MIN_GENRE_MOVIES) & (share >= GENRE_LIFT * catalogue.genre_shares)
        stated = np.isin(catalogue.genre_names, list(request.user.stated.genres))
        return np.asarray(more | stated)

    def _genre(self, place: int) -> Iterator[Reason]:
        catalogue = self.request.catalogue
        genre = int(catalogue.main_genre[self.item_index[place]])
        if genre >= 0 and self._distinctive[genre]:
            yield Reason("genre", {"genre": catalogue.genre_names[genre]})

    @cached_property
    def _by_recent(self) -> frozenset[int]:
        """Ranks of the movies whose reason is the last likes together."""
        found = self._influence
        if found is None:
            return frozenset()
        # likes only, not movies that were merely clicked
        liked = self.request.history.rating >= self.request.catalogue.like_threshold
        count = found.approximate_effect.shape[1]
        recent = np.flatnonzero(liked[len(liked) - count :])[-RECENT_LIKES:]
        effect = found.approximate_effect[:, recent].sum(axis=1)
        real = (effect > 0) & (effect >= MIN_EFFECT * found.spread) & (len(recent) > 1)
        return frozenset(self._scored[real].tolist())

    def _recent_likes_reason(self, place: int) -> Iterator[Reason]:
        if place in self._by_recent:
            yield Reason("recent_favourites")

    @cached_property
    def _parts(self) -> dict[str, list[float]]:
        """Score components by signal."""
        if not self._components:
            return {}
        parts = np.nan_to_num([part[self.shown] for part in self._components.values()])
        return dict(zip(self._components, parts.tolist(), strict=True))

    def _part(self, name: str, place: int) -> float:
        return self._parts[name][place] if name in self._parts else 0.0

    @cached_property
    def _personal(self) -> frozenset[int]:
        """Ranks of the movies whose score is more personal than popularity."""
        names = list(self._parts)
        if not names or not len(self.request.history):
            return frozenset()
        parts = np.array(list(self._parts.values()))
        crowd = parts[[name in _POPULARITY_SIGNALS for name in names]].sum(axis=0)
        return frozenset(np.flatnonzero(parts.sum(axis=0) - crowd > np.maximum(crowd, 0)).tolist())

    def _taste_reason(self, place: int) -> Iterator[Reason]:
        if place in self._personal:
            yield Reason("taste")

    def _global_reasons(self, place: int) -> Iterator[Reason]:
        parts = {name: self._part(name, place) for name in _GLOBAL_REASONS}
        for name in sorted(parts, key=lambda name: -parts[name]):
            if parts[name] > 0 and self._is_true_of(name, place):
                kind = _GLOBAL_REASONS[name]
                yield Reason(kind, {"year": f"{self._year(place):.0f}"} if name == "year" else {})
        yield Reason("popular" if self._is_true_of("popularity", place) else "catalogue")

    def _year(self, place: int) -> float:
        return float(self.request.catalogue.stats.year[self.item_index[place]])

    def _is_true_of(self, name: str, place: int) -> bool:
        """Whether the statement of a signal is true of a movie in absolute terms too."""
        stats, item = self.request.catalogue.stats, self.item_index[place]
        if name == "popularity":
            return bool(stats.count[item] >= stats.typical_count)
        if name == "popularity_30d":
            return bool(stats.last_month[item] > 0)
        if name == "popularity_7d":
            return bool(stats.last_week[item] > 0)
        if name == "bayesian_average":
            return bool(stats.bayesian_average[item] > stats.overall_mean)
        if name == "item_recency":
            return item in self.request.catalogue.new_arrivals
        return bool(self._year(place) >= stats.newest_year - _NEW_YEARS)
