"""Every Redis key that Sparrow writes: it belongs to a release, or its life is named here."""

from __future__ import annotations

CURRENT = "sparrow:current"
"""Id of the release that serves; switched atomically by publishing and rolling back; for ever."""

ACTIVATIONS = "sparrow:activations"
"""List of release ids in the order they were activated, the newest first; for ever."""

ROW = "row"  # fields of a release's hashes: the feature row, …
HISTORY = "history"  # … a viewer's ratings as packed records, oldest first, …
VECTOR = "vec:"  # … and an embedding, by its name


def release_prefix(release: str) -> str:
    """Start of every key that lives and dies with a release."""
    return f"sparrow:r:{release}:"


def user(release: str, user_id: int) -> str:
    """Hash of a viewer: `ROW`, `HISTORY` and a `VECTOR` per embedding; dies with the release."""
    return f"{release_prefix(release)}u:{user_id}"


def movie(release: str, movie_id: int) -> str:
    """Hash of a movie: `ROW` and a `VECTOR` per embedding; dies with the release."""
    return f"{release_prefix(release)}m:{movie_id}"


def manifest(release: str) -> str:
    """The release's manifest as JSON, written last: its presence means that all rows are there."""
    return f"{release_prefix(release)}manifest"
