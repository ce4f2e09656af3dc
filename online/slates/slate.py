"""What is kept of a list: its moment, its order and the draws that made it, in at most 1 KB."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sparrow.arrays import Int

MOST_BYTES = 1024  # of one list
MOST_MOVIES = 100
"""Ranks that are kept as they are; what follows is ranked again from the same moment and draws."""

_FORMAT = 1
_HEADER = struct.Struct("<BHBqHBBBB")
"""Format, `shown`, bytes of `acted`, `at`, `turn`, number of movies, chances, `passed`, teams.

The scripts in Lua know where `shown` is.
"""

_IDENTIFIES = 3
"""Where the bytes begin that say which list it is: behind the format and `shown`."""

_MOST_SHOWN = _MOST_TURNS = 2**16 - 1
_MOST_PASSED = 2**8 - 1
_NO_MOVIES: Int = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class HeldList:
    """One list of a visit; arrays hold each movie's item_index."""

    at: int  # the moment it was made, seconds since 1970; lists made again start from it
    turn: int = 0  # how often others were asked for; with the moment, it seeds the draws
    acted: bytes = b""  # the user's last act that the list takes account of
    movies: Int = field(default_factory=_NO_MOVIES.copy)  # of the first ranks, in order
    chances: Mapping[int, float] = field(default_factory=dict)  # rank, from 0 → chance of its draw
    passed: Int = field(default_factory=_NO_MOVIES.copy)  # shown before others were asked for
    teams: Sequence[int] = ()  # of an interleaved list: the ranking of each movie, 0 or 1
    shown: int = 0  # ranks from the top that were shown, and counted for bandits

    def encode(self) -> bytes:
        """At most `MOST_BYTES`: of `passed`, as many of the last ones as there is room for."""
        ranks = np.array(list(self.chances), dtype="u1")
        teams = np.packbits(np.array(self.teams, dtype=bool))
        parts = [
            self.acted,
            self.movies.astype("<i4").tobytes(),
            ranks.tobytes(),
            np.array(list(self.chances.values()), dtype="<f4").tobytes(),
            teams.tobytes(),
        ]
        room = (MOST_BYTES - _HEADER.size - sum(map(len, parts))) // 4
        passed = self.passed[max(len(self.passed) - min(room, _MOST_PASSED), 0) :]
        header = _HEADER.pack(
            _FORMAT,
            min(self.shown, _MOST_SHOWN),
            len(self.acted),
            self.at,
            min(self.turn, _MOST_TURNS),
            len(self.movies),
            len(ranks),
            len(passed),
            len(self.teams),
        )
        return b"".join([header, *parts, passed.astype("<i4").tobytes()])

    @classmethod
    def decode(cls, data: bytes) -> HeldList:
        """The list of `encode`, chances as float32; ValueError for anything else."""
        if len(data) < _HEADER.size or data[0] != _FORMAT:
            raise ValueError(f"Expected a held list of format {_FORMAT}, got {data[:8]!r}.")
        _, shown, stamp, at, turn, movies, drawn, passed, teams = _HEADER.unpack_from(data)
        reader = _Reader(data, _HEADER.size)
        acted = reader.take("u1", stamp).tobytes()
        order = reader.take("<i4", movies).astype(np.int64)
        ranks, chances = reader.take("u1", drawn), reader.take("<f4", drawn)
        bits = reader.take("u1", -(-teams // 8))
        before = reader.take("<i4", passed).astype(np.int64)
        if reader.start != len(data):
            raise ValueError(f"Expected {reader.start} bytes of a held list, got {len(data)}.")
        return cls(
            at=at,
            turn=turn,
            acted=acted,
            movies=order,
            chances=dict(zip(ranks.tolist(), chances.tolist(), strict=True)),
            passed=before,
            teams=tuple(np.unpackbits(bits, count=teams).tolist()),
            shown=shown,
        )

    @property
    def propensities(self) -> dict[int, float]:
        """item_index → chance of its rank, of the movies that were drawn."""
        return {int(self.movies[rank]): chance for rank, chance in self.chances.items()}


def same_list(data: bytes, other: bytes) -> bool:
    """Whether two encoded lists are the same one, however far they were shown."""
    return data[_IDENTIFIES:] == other[_IDENTIFIES:]


class _Reader:
    """Arrays out of bytes, one after another; ValueError where they end too soon."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self.start = data, start

    def take(self, kind: str, count: int) -> np.ndarray:
        """The next `count` numbers of a kind."""
        found = np.frombuffer(self._data, kind, count=count, offset=self.start)
        self.start += found.nbytes
        return found
