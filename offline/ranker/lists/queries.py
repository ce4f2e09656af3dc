"""Past queries for training lists: user, time, history and the movies that were relevant.

Each cut of the log is what a release knew at some moment. From some users' histories before it, the
last events are held back, from some others' a random part; what is known never includes them, nor
anything from the cut on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from offline.ranker.lists.fit_signals import SignalConfig
from offline.ranker.lists.rating_log import RatingLog
from sparrow.arrays import Int
from sparrow.features.rating_events import hash_order
from sparrow.signals.values.history import History

Situation = Literal["now", "later", "gap", "newcomer"]
SITUATIONS: tuple[Situation, ...] = ("now", "later", "gap", "newcomer")
"""Right after an event; after a pause; with events that the log lacks; with hardly any event."""

CUTS = (0.5, 0.7, 0.85, 1.0)
"""Shares of the log, by time, before which signals are fitted."""

COMPLETE, LAST_HELD_OUT, RANDOM_HELD_OUT = range(3)
"""Users at a cut whose history is known whole, without its last events, without some events."""

LAST_SHARE = 0.45  # of the users who are not RANDOM_HELD_OUT
SCATTERED_PER_MISSING, MAX_SCATTERED = 2.0, 0.4
"""Share of users who are RANDOM_HELD_OUT, for each share of gaps in the log, up to a maximum."""

WINDOW = 0.25  # share of the log behind a cut that its later queries ask for
HELD_BACK_LAST = 3  # last events of a user that are targets, one after the other
HELD_BACK_SHARE = 0.2  # of another user's events
NEWCOMER_COUNTS = (0, 1, 3, 5, 10)  # events that are known of a newcomer
LIKED, WATCHED = 1.0, 0.5  # relevance
MAX_TARGETS = 30  # of one query, the first ones


@dataclass(frozen=True)
class PastQuery:
    """One list of the past."""

    situation: Situation
    user: int
    history: History
    targets: Int  # item_index, not in the history
    relevance: np.ndarray  # (targets,) `LIKED` or `WATCHED`
    stated_by: Int | None = None  # item_index of the likes by which a newcomer states tastes


@dataclass(frozen=True)
class Cut:
    """A moment of the past: what signals are fitted on, and the queries that they answer."""

    known: RatingLog
    as_of: int  # every known rating lies before it
    queries: list[PastQuery]
    later_likes: float  # movies that a user likes in the window behind the cut, on average


@dataclass(frozen=True)
class QueryLimits:
    """At most so many queries of each situation per cut."""

    last: int = 900  # of `now`, asking for events that were held back
    live: int = 300  # of `now`, asking for events behind the cut
    later: int = 600
    gap: int = 600
    newcomer: int = 100  # for each of `NEWCOMER_COUNTS`


def cut_bounds(log: RatingLog) -> list[tuple[int, int]]:
    """Where each cut of `CUTS` lies in a log, and where its window behind it ends.

    Cuts with nothing before them are left out.
    """
    starts = [_start_of_second(log, share) for share in CUTS]
    window = int(WINDOW * len(log))
    return [(start, min(start + window, len(log))) for start in starts if start]


def cuts(
    log: RatingLog,
    bounds: Sequence[tuple[int, int]],
    limits: QueryLimits,
    missing_share: float,
    config: SignalConfig,
) -> Iterator[Cut]:
    """The cuts at `bounds`, as `cut_bounds` gives them; a cut reads nothing behind its window.

    `missing_share` of what was watched is not in the log: of so many more users, events are hidden
    and used as targets, none where nothing is missing.
    """
    scattered = min(SCATTERED_PER_MISSING * missing_share, MAX_SCATTERED)
    last = LAST_SHARE * (1 - scattered)
    shares = (1 - scattered - last, last, scattered)
    for number, (start, end) in enumerate(bounds):
        random = np.random.default_rng([config.seed, number])
        visible = log.take(np.arange(end))
        yield _CutBuilder(visible, start, shares, config.like_threshold, random).cut(limits)


def _start_of_second(log: RatingLog, share: float) -> int:
    """The first place of the second in which `share` of the log is reached; the end for 1."""
    place = int(share * len(log))
    if place >= len(log):
        return len(log)
    return int(np.searchsorted(log.timestamp, log.timestamp[place]))


@dataclass
class _CutBuilder:
    """Queries around the place `start` of a log that ends with the window behind it."""

    log: RatingLog
    start: int
    shares: tuple[float, float, float]  # of users who are COMPLETE, LAST_HELD_OUT, RANDOM_HELD_OUT
    like_threshold: float
    random: np.random.Generator

    def cut(self, limits: QueryLimits) -> Cut:
        before = self.log.take(np.arange(self.start))
        as_of = int(before.timestamp[-1]) + 1
        group = self._groups()
        events_after = _events_after(before)
        last = (group[before.user] == LAST_HELD_OUT) & (events_after < HELD_BACK_LAST)
        scattered = (group[before.user] == RANDOM_HELD_OUT) & (
            self.random.random(len(before)) < HELD_BACK_SHARE
        )
        known = before.take(~last & ~scattered)
        later = self._later(before, group, as_of)
        users = max(int(np.count_nonzero(group[np.unique(before.user)] != RANDOM_HELD_OUT)), 1)
        queries = [
            *self._limited(self._last(before, last), limits.last),
            *self._limited(self._live(), limits.live),
            *self._limited(self._gaps(known, before.take(scattered), as_of), limits.gap),
            *self._limited(later, limits.later),
            *self._newcomers(limits.newcomer),
        ]
        return Cut(known, as_of, queries, sum(len(each.targets) for each in later) / users)

    def _groups(self) -> Int:
        """Of each user by a hash of the id, so that it does not depend on who else there is."""
        salt = self.random.integers(2**62)
        share = hash_order(self.log.user_ids + salt) / 2.0**64
        return np.searchsorted(np.cumsum(self.shares[:-1]), share, side="right")

    def _limited(self, queries: list[PastQuery], limit: int) -> list[PastQuery]:
        chosen = self.random.permutation(len(queries))[:limit]
        return [queries[place] for place in chosen]

    def _last(self, before: RatingLog, held_back: np.ndarray) -> list[PastQuery]:
        """Right before each held back event."""
        found = []
        for user in np.unique(before.user[held_back]):
            places = before.of_user(user)
            for count in np.flatnonzero(held_back[places]):
                if count:
                    found.append(self._next("now", before, places, int(count)))
        return found

    def _live(self) -> list[PastQuery]:
        """Right before an event behind the cut, of any user."""
        found = []
        for place in self.random.permutation(np.arange(self.start, len(self.log)))[:2_000]:
            places = self.log.of_user(int(self.log.user[place]))
            count = int(np.searchsorted(places, place))
            if count:
                found.append(self._next("now", self.log, places, count))
        return found

    def _next(self, situation: Situation, log: RatingLog, places: Int, count: int) -> PastQuery:
        """After the first `count` of a user's events, at the moment of the next one."""
        at = int(log.timestamp[places[count - 1]]) + 1
        return self._query(situation, log, places[:count], places[count : count + 1], at)

    def _gaps(self, known: RatingLog, lost: RatingLog, as_of: int) -> list[PastQuery]:
        """Queries at the cut whose targets are missing in the history."""
        found = []
        for user in np.intersect1d(known.user, lost.user):
            places, targets = known.of_user(user), self.random.permutation(lost.of_user(user))
            found.append(self._of("gap", user, known.history(places, as_of), lost, targets))
        return found

    def _later(self, before: RatingLog, group: Int, as_of: int) -> list[PastQuery]:
        """At the cut, for users who rated before it and like something in the window behind it.

        The history has the events that are held back as well: none of them is a target here, and
        no candidate may be a movie that the user had rated.
        """
        found = []
        window = np.unique(self.log.user[self.start :])
        for user in np.intersect1d(before.user, window[group[window] != RANDOM_HELD_OUT]):
            places = self.log.of_user(user)
            inside = places[places >= self.start]
            inside = inside[self.log.rating[inside] >= self.like_threshold]
            if len(inside):
                history = before.history(before.of_user(user), as_of)
                found.append(self._of("later", user, history, self.log, inside))
        return found

    def _newcomers(self, limit: int) -> list[PastQuery]:
        """Users whose first event lies behind the cut, cut to their first few events."""
        inside, before = self.log.user[self.start :], self.log.user[: self.start]
        users = self.random.permutation(np.setdiff1d(inside, before))
        found = []
        for count in NEWCOMER_COUNTS:
            made = (self.log.of_user(user) for user in users)
            longer = [places for places in made if len(places) > count][:limit]
            for number, places in enumerate(longer):
                at = int(self.log.timestamp[places[count]])
                query = self._query("newcomer", self.log, places[:count], places[count:], at)
                liked = self.log.rating[places] >= self.like_threshold
                if number % 2:  # of every second one it is known which tastes they stated
                    query = replace(query, stated_by=self.log.item_index[places[liked]])
                found.append(query)
        return found

    def _query(
        self, situation: Situation, log: RatingLog, before: Int, targets: Int, at: int
    ) -> PastQuery:
        user = int(log.user[targets[0]])
        return self._of(situation, user, log.history(before, at), log, targets)

    def _of(
        self, situation: Situation, user: int, history: History, log: RatingLog, targets: Int
    ) -> PastQuery:
        targets = targets[:MAX_TARGETS]
        relevance = np.where(log.rating[targets] >= self.like_threshold, LIKED, WATCHED)
        return PastQuery(
            situation, int(user), history, log.item_index[targets], relevance.astype(np.float32)
        )


def _events_after(log: RatingLog) -> Int:
    """How many later events its user has, of each event."""
    order, first = log.by_user
    found = np.empty(len(log), dtype=np.int64)
    found[order] = first[log.user[order] + 1] - 1 - np.arange(len(order))
    return found
