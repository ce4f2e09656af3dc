"""A slate: the moment, the order and the draws of a list, encoded in at most 1 KB."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sparrow.arrays import Int

MAX_BYTES = 1024  # of one slate
MAX_RANKS = 100
"""Ranks that are stored; lower ranks are computed again with the same moment and draws."""

_FORMAT = 1
_HEADER = struct.Struct("<BHBqHBBBB")
"""Format, `shown`, bytes of `taste_version`, `at`, `refresh_count`, then the number of movies,
chances, `skipped` and teams. The Lua scripts rely on the position of `shown`.
"""

_IDENTITY_OFFSET = 3
"""Offset of the bytes that identify the slate: behind the format and `shown`."""

_MAX_SHOWN = _MAX_TURNS = 2**16 - 1
_MAX_SKIPPED = 2**8 - 1
_NO_MOVIES: Int = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Slate:
    """One list of a visit."""

    at: int  # when the list was built, seconds since 1970; replays use it
    refresh_count: int = 0  # number of `Query.refresh`; with the moment, it seeds the draws
    taste_version: bytes = b""  # the user's last taste event that the list accounts for
    movies: Int = field(default_factory=_NO_MOVIES.copy)  # item_index of the first ranks, in order
    # rank, from 0 → probability of its draw
    chances: Mapping[int, float] = field(default_factory=dict)
    # item_index of movies shown before the last refresh
    skipped: Int = field(default_factory=_NO_MOVIES.copy)
    teams: Sequence[int] = ()  # of an interleaved list: ranker of each movie, 0 or 1
    shown: int = 0  # ranks from the top that were shown, and counted for bandits

    def encode(self) -> bytes:
        """At most `MAX_BYTES`; the oldest of `skipped` are dropped if there is no room."""
        ranks = np.array(list(self.chances), dtype="u1")
        teams = np.packbits(np.array(self.teams, dtype=bool))
        parts = [
            self.taste_version,
            self.movies.astype("<i4").tobytes(),
            ranks.tobytes(),
            np.array(list(self.chances.values()), dtype="<f4").tobytes(),
            teams.tobytes(),
        ]
        room = (MAX_BYTES - _HEADER.size - sum(map(len, parts))) // 4
        skipped = self.skipped[max(len(self.skipped) - min(room, _MAX_SKIPPED), 0) :]
        header = _HEADER.pack(
            _FORMAT,
            min(self.shown, _MAX_SHOWN),
            len(self.taste_version),
            self.at,
            min(self.refresh_count, _MAX_TURNS),
            len(self.movies),
            len(ranks),
            len(skipped),
            len(self.teams),
        )
        return b"".join([header, *parts, skipped.astype("<i4").tobytes()])

    @classmethod
    def decode(cls, data: bytes) -> Slate:
        """The inverse of `encode`, chances as float32; ValueError for other bytes."""
        if len(data) < _HEADER.size or data[0] != _FORMAT:
            raise ValueError(f"Expected a held list of format {_FORMAT}, got {data[:8]!r}.")
        _, shown, stamp, at, refresh_count, movies, drawn, skipped, teams = _HEADER.unpack_from(
            data
        )
        reader = _Reader(data, _HEADER.size)
        taste_version = reader.take("u1", stamp).tobytes()
        order = reader.take("<i4", movies).astype(np.int64)
        ranks, chances = reader.take("u1", drawn), reader.take("<f4", drawn)
        bits = reader.take("u1", -(-teams // 8))
        before = reader.take("<i4", skipped).astype(np.int64)
        if reader.start != len(data):
            raise ValueError(f"Expected {reader.start} bytes of a held list, got {len(data)}.")
        return cls(
            at=at,
            refresh_count=refresh_count,
            taste_version=taste_version,
            movies=order,
            chances=dict(zip(ranks.tolist(), chances.tolist(), strict=True)),
            skipped=before,
            teams=tuple(np.unpackbits(bits, count=teams).tolist()),
            shown=shown,
        )

    @property
    def propensities(self) -> dict[int, float]:
        """item_index → probability of its rank, of the movies that were drawn."""
        return {int(self.movies[rank]): chance for rank, chance in self.chances.items()}


def is_same_slate(data: bytes, other: bytes) -> bool:
    """Whether two encoded slates are the same, apart from `shown`."""
    return data[_IDENTITY_OFFSET:] == other[_IDENTITY_OFFSET:]


class _Reader:
    """Reads arrays from bytes, one after another; ValueError at the end."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self.start = data, start

    def take(self, kind: str, count: int) -> np.ndarray:
        """The next `count` numbers of a dtype."""
        found = np.frombuffer(self._data, kind, count=count, offset=self.start)
        self.start += found.nbytes
        return found
