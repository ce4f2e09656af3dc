"""What is kept of a list: its moment, its order and the draws that made it, in at most 1 KB."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sparrow.arrays import Int

MAX_BYTES = 1024  # of one list
MAX_RANKS = 100
"""Ranks that are kept as they are; what follows is ranked again from the same moment and draws."""

_FORMAT = 1
_HEADER = struct.Struct("<BHBqHBBBB")
"""Format, `shown`, bytes of `taste_version`, `at`, `refresh_count`, then the number of movies,
chances, `skipped` and teams. The Lua scripts rely on the position of `shown`.
"""

_IDENTITY_OFFSET = 3
"""Where the bytes begin that say which list it is: behind the format and `shown`."""

_MAX_SHOWN = _MAX_TURNS = 2**16 - 1
_MAX_SKIPPED = 2**8 - 1
_NO_MOVIES: Int = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Slate:
    """One list of a visit; arrays hold each movie's item_index."""

    at: int  # the moment it was made, seconds since 1970; lists made again start from it
    refresh_count: int = 0  # how often others were asked for; with the moment, it seeds the draws
    taste_version: bytes = b""  # the user's last act that the list takes account of
    movies: Int = field(default_factory=_NO_MOVIES.copy)  # of the first ranks, in order
    chances: Mapping[int, float] = field(default_factory=dict)  # rank, from 0 → chance of its draw
    skipped: Int = field(default_factory=_NO_MOVIES.copy)  # shown before others were asked for
    teams: Sequence[int] = ()  # of an interleaved list: the ranking of each movie, 0 or 1
    shown: int = 0  # ranks from the top that were shown, and counted for bandits

    def encode(self) -> bytes:
        """At most `MAX_BYTES`: of `skipped`, as many of the last ones as there is room for."""
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
        """The list of `encode`, chances as float32; ValueError for anything else."""
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
        """item_index → chance of its rank, of the movies that were drawn."""
        return {int(self.movies[rank]): chance for rank, chance in self.chances.items()}


def is_same_slate(data: bytes, other: bytes) -> bool:
    """Whether two encoded lists are the same one, however far they were shown."""
    return data[_IDENTITY_OFFSET:] == other[_IDENTITY_OFFSET:]


class _Reader:
    """Arrays out of bytes, one after another; ValueError where they end too soon."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self.start = data, start

    def take(self, kind: str, count: int) -> np.ndarray:
        """The next `count` numbers of a kind."""
        found = np.frombuffer(self._data, kind, count=count, offset=self.start)
        self.start += found.nbytes
        return found
