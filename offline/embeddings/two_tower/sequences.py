"""Users' ratings as sequences, and windows of them as batches of inputs and targets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparrow.arrays import Int
from sparrow.signals.models.user_tower import LENGTH, centred_ratings, time_bucket

START = -1  # the token before a user's first event


@dataclass(frozen=True)
class Sequences:
    """Ratings (n,) user by user, each user's oldest first."""

    user: Int  # ascending
    item_index: Int
    rating: np.ndarray  # float32 stars, NaN where unknown
    timestamp: Int  # seconds since 1970
    start: Int  # (users + 1,) where each user's ratings begin

    @classmethod
    def of(cls, user: Int, item_index: Int, rating: np.ndarray, timestamp: Int) -> Sequences:
        """From ratings in time order."""
        order = np.argsort(user, kind="stable")
        begins = np.flatnonzero(np.diff(user[order], prepend=-1))
        return cls(
            user[order],
            item_index[order].astype(np.int32),
            rating[order].astype(np.float32),
            timestamp[order],
            np.append(begins, len(user)),
        )

    def __len__(self) -> int:
        return len(self.user)

    def shuffled(self, random: np.random.Generator) -> Sequences:
        """The same, with the events of one user's second in a new order.

        A second's events have no order of their own, and a fixed one could be learnt.
        """
        order = np.lexsort((random.random(len(self)), self.timestamp, self.user))
        return Sequences(
            self.user, self.item_index[order], self.rating[order], self.timestamp, self.start
        )

    def centred_ratings(self) -> np.ndarray:
        """`sparrow.signals.models.user_tower.centred_ratings` of each user, (n,)."""
        parts = np.split(self.rating, self.start[1:-1])
        return np.concatenate([centred_ratings(part) for part in parts])


@dataclass(frozen=True)
class Windows:
    """Parts of users' tokens, the start and then the events, that are computed at once; (w,) each.

    The token before each event is to predict it: the targets of a window are the events after its
    tokens from `new` on.
    """

    begin: Int  # where the user's events begin
    first: Int  # the first token
    end: Int  # behind the last token
    new: Int  # the first token whose target no other window has

    def __len__(self) -> int:
        return len(self.begin)

    @classmethod
    def of(cls, sequences: Sequences, stride: int, random: np.random.Generator) -> Windows:
        """All events are targets once; `stride` by window, at random places of a long history."""
        lengths = np.diff(sequences.start)
        lead = random.integers(stride // 2, LENGTH, len(lengths), endpoint=True)
        head = np.where(lengths <= LENGTH, lengths, lead)
        count = 1 + -(-(lengths - head) // stride)
        user = np.repeat(np.arange(len(lengths)), count)
        number = np.arange(len(user)) - np.repeat(np.cumsum(count) - count, count)
        new = np.where(number == 0, 0, head[user] + (number - 1) * stride)
        end = np.minimum(head[user] + number * stride, lengths[user])
        return cls(sequences.start[user], np.maximum(end - LENGTH, 0), end, new)

    def take(self, rows: Int) -> Windows:
        """Some of them."""
        return Windows(self.begin[rows], self.first[rows], self.end[rows], self.new[rows])


@dataclass(frozen=True)
class Batch:
    """What the model computes with, for w windows with t targets together."""

    item: np.ndarray  # (w, LENGTH) int32 item_index, or START
    rating: np.ndarray  # (w, LENGTH) float32, centred
    time_gap: np.ndarray  # (w, LENGTH) int32 bucket of the time until the next event
    place: np.ndarray  # (t,) int32 the token before each target in the flattened windows
    target: np.ndarray  # (t,) int32 item_index


def batch_of(sequences: Sequences, centred: np.ndarray, windows: Windows) -> Batch:
    """The windows' tokens, at the front of their rows; what lies behind the last one is padding."""
    token = windows.first[:, None] + np.arange(LENGTH)
    token = np.minimum(token, windows.end[:, None] - 1)
    following = windows.begin[:, None] + token  # the event after each token
    event = np.maximum(following - 1, windows.begin[:, None])
    starts = token == 0
    time, until = sequences.timestamp[event], sequences.timestamp[following]
    inside = windows.first[:, None] + np.arange(LENGTH) < windows.end[:, None]
    place = np.flatnonzero(inside & (token >= windows.new[:, None]))
    return Batch(
        np.where(starts, START, sequences.item_index[event]).astype(np.int32),
        np.where(starts, np.float32(0.0), centred[event]),
        time_bucket(until - time).astype(np.int32),
        place.astype(np.int32),
        sequences.item_index[following.ravel()[place]],
    )


def exclusion_mask(
    sequences: Sequences, windows: Windows, candidates: Int, movies: int
) -> np.ndarray:
    """(t, candidates) bool: which are the target itself or what its user had rated before it."""
    column = np.full(movies, -1)
    column[candidates] = np.arange(len(candidates))
    count = windows.end - windows.new
    found = np.zeros((int(count.sum()), len(candidates)), dtype=bool)
    first = np.cumsum(count) - count
    for row, rows, begin, new in zip(first, count, windows.begin, windows.new, strict=True):
        columns = column[sequences.item_index[begin : begin + new + rows]]
        since = np.maximum(np.arange(new + rows) - new, 0)  # the first target that excludes it
        drawn = columns >= 0
        own = found[row : row + rows]
        own[since[drawn], columns[drawn]] = True
        np.logical_or.accumulate(own, axis=0, out=own)
    return found
