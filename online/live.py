"""Live viewers: the release's row, history and vectors, folded with what the viewer did since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from online.catalogue import Catalogue
from online.fold_in import Evidence, FoldIn
from online.scope import first
from online.viewer_state import ViewerState
from sparrow.codec import HISTORY
from sparrow.events import Events, Int
from sparrow.features import FeatureSet
from sparrow.feedback.event import Kind
from sparrow.feedback.record import KINDS, RECENT_KINDS, RECORD
from sparrow.feedback.standing import Standing, standing
from sparrow.folds import SMOOTHING, user_rows
from sparrow.sight import Past

_RECENT = [KINDS.index(kind) for kind in RECENT_KINDS]
_PICK_STARS = 1.0  # a picked genre counts as rated so far above the viewer's mean, …
_PICK_MOVIES = 20  # … and so many of its best known movies speak for the viewer's taste, …
_PICK_RATINGS = 2.0  # … together as much as so many ratings


@dataclass(frozen=True)
class Told:
    """What somebody tells of themselves."""

    genres: Mapping[str, float] = field(default_factory=dict)  # by name, above 0 up to 1
    age: int | None = None  # years
    picks: Sequence[tuple[int, float]] = ()  # (movie id, ratings that it counts as), best first


@dataclass(frozen=True)
class Session:
    """Somebody without an id: all that is known comes with the request."""

    ratings: Mapping[int, float] = field(default_factory=dict)  # movie id → stars, newest last
    looked_at: tuple[int, ...] = ()  # movie ids, the newest last; they stay in lists
    told: Told = field(default_factory=Told)


@dataclass(frozen=True)
class LiveFold:
    """Brings a viewer up to date, by the fold that made the training rows."""

    catalogue: Catalogue
    features: FeatureSet
    fold_in: FoldIn

    def __call__(self, state: ViewerState, records: np.ndarray, told: Told) -> ViewerState:
        """`state` as the release has it, with `records` (RECORD) and what the viewer told."""
        stands = standing(state.history, records)
        recent = records[np.isin(records["kind"], _RECENT)]
        picked = np.concatenate([stands.watched, stands.watchlist])
        return replace(
            self._folded(state, stands, picked, told),
            known=True,
            watched=stands.watched,
            hidden=stands.hidden,
            watchlist=stands.watchlist,
            recent=recent[np.argsort(recent["timestamp"], kind="stable")],
        )

    def session(self, newcomer: ViewerState, session: Session, at: int) -> ViewerState:
        """Somebody who is nowhere stored; `at` is now, in seconds since 1970."""
        rated = np.empty(len(session.ratings), dtype=HISTORY)
        rated["movie_id"], rated["rating"] = list(session.ratings), list(session.ratings.values())
        rated["timestamp"] = at - len(rated) + np.arange(len(rated))
        stands = standing(rated, np.empty(0, dtype=RECORD))
        looked_at = np.array(session.looked_at, dtype=np.int64)
        state = self._folded(newcomer, stands, looked_at, session.told)
        known = bool(len(state.history) or state.vectors)
        return replace(state, known=known, recent=_clicks(session.looked_at, at))

    def _folded(self, state: ViewerState, stands: Standing, picked: Int, told: Told) -> ViewerState:
        """Row, history and vectors; `picked` are ids of movies chosen without a rating."""
        events = self._events(stands.history)
        row = state.row.copy()
        newest = int(stands.history["timestamp"].max(initial=0))
        for name, values in user_rows(Past(events, np.array([newest + 1])), self.features).items():
            row[name] = values[0]
        genres = [g for g in told.genres if g in self.catalogue.genre_names]
        for name in genres:
            genre = self.catalogue.genre_names.index(name)
            rated = float(row["user_genre_share"][genre]) * len(events)
            pick = told.genres[name] * _PICK_STARS * SMOOTHING / (rated + SMOOTHING)
            row["user_genre_taste"][genre] += pick
        if told.age is not None:
            row["user_age"] = told.age
        known = replace(told, genres={name: told.genres[name] for name in genres})
        evidence = self._evidence(stands.history, picked, known)
        kept = {n: v for n, v in state.vectors.items() if n not in ("als", "item2vec")}
        vectors = kept | self.fold_in(evidence)
        return replace(state, row=row, history=stands.history, vectors=vectors)

    def _events(self, history: np.ndarray) -> Events:
        """Ratings as the folds read them, without movies that the catalogue no longer has."""
        ids = history["movie_id"]
        known = history[self.catalogue.has(ids)]
        positions = self.catalogue.positions(known["movie_id"])
        flags = self.catalogue.genres[positions].astype(np.int64)
        return Events.in_time_order(
            timestamp=known["timestamp"],
            other_id=known["movie_id"],
            movie_id=known["movie_id"],
            rating=known["rating"],
            genres=flags @ (1 << np.arange(flags.shape[1])),
            year=self.catalogue.figures.year[positions].astype(np.float32),
        )

    def _evidence(self, history: np.ndarray, picked: Int, told: Told) -> Evidence:
        """What was rated or picked counts once each; `told.genres` are of the catalogue."""
        positions = self.catalogue.positions
        ids = np.concatenate([history["movie_id"], picked])
        chosen = np.unique(positions(ids))
        stands_for = {movie: weight for movie, weight in told.picks if movie not in ids}
        words = np.array(list(stands_for), dtype=np.int64)
        words = words[self.catalogue.has(words)]
        parts = [chosen, positions(words)]
        weights = [np.ones(len(chosen)), np.array([stands_for[movie] for movie in words.tolist()])]
        for genre, weight in told.genres.items():
            scope = self.catalogue.scopes.of(genre)
            best_known = first(scope.chart("popular"), _PICK_MOVIES, scope.mask)
            parts.append(best_known)
            share = weight * _PICK_RATINGS / max(len(best_known), 1)
            weights.append(np.full(len(best_known), share))
        liked = history[history["rating"] >= self.features.like_threshold]["movie_id"]
        latest = np.concatenate([words[::-1], liked, picked])[::-1]  # what is done outlives words
        return Evidence(np.concatenate(parts), np.concatenate(weights), positions(latest))


def _clicks(movie_ids: tuple[int, ...], at: int) -> np.ndarray:
    """Records of clicks on these movies, a second apart and the last just before `at`."""
    clicks = np.zeros(len(movie_ids), dtype=RECORD)
    clicks["movie_id"], clicks["kind"] = movie_ids, KINDS.index(Kind.CLICK)
    clicks["timestamp"] = at - len(clicks) + np.arange(len(clicks))
    return clicks
