"""Files of posters under the data folder: so many bytes, and for so long, at most."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sparrow.units import DAY

POSTER_TTL = 30 * DAY  # TMDB's terms allow half a year
MISSING_TTL = DAY  # that a film has no poster
_BLOCK = 4096  # bytes that even an empty file takes


class PosterCache:
    """One file a film; several processes may share the folder.

    A film that is known to have no poster is an empty file.
    """

    def __init__(
        self, folder: Path, most_bytes: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._most = most_bytes
        self._clock = clock

    def find(self, tmdb_id: str) -> bytes | None:
        """What is kept of a film; None: nothing, or for too long."""
        file = self._folder / tmdb_id
        try:
            age = self._clock() - file.stat().st_mtime
            content = file.read_bytes()
        except OSError:
            return None
        return content if age < (POSTER_TTL if content else MISSING_TTL) else None

    def keep(self, tmdb_id: str, content: bytes) -> None:
        """Keep a poster, complete or not at all; the oldest make room for it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.utime(name, (self._clock(), self._clock()))
            Path(name).replace(self._folder / tmdb_id)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        self._evict()

    def _evict(self) -> None:
        files = []
        for entry in os.scandir(self._folder):
            with suppress(FileNotFoundError):  # another process was quicker
                stat = entry.stat()
                if entry.name.startswith(".") and self._clock() - stat.st_mtime < DAY:
                    continue  # is being written
                files.append((stat.st_mtime, max(stat.st_size, _BLOCK), Path(entry)))
        taken = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if taken <= self._most:
                break
            path.unlink(missing_ok=True)
            taken -= size
