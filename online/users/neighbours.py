"""Peers: a bounded sample of a release's viewers, with what they liked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from online.catalogue.catalogue import Catalogue
from online.runtime.arrow import numbers
from online.users.release_user_table import read_viewers, viewer_batches, viewer_columns
from sparrow.arrays import Int
from sparrow.features.row_codec import decode_history
from sparrow.release.release_folder import Release

MOST = 5_000  # viewers, the most active ones
_VECTOR = "vec_als"


@dataclass(frozen=True)
class Peers:
    """Viewers by the direction of their taste."""

    ids: Int  # (n,) of viewers
    directions: np.ndarray  # (n, dim) float32, of length 1
    liked: tuple[Int, ...]  # positions of the movies that each one liked

    @classmethod
    def load(cls, release: Release, catalogue: Catalogue) -> Peers | None:
        """The most active viewers of a release; None where viewers have no vectors."""
        if not {_VECTOR, "history"} <= viewer_columns(release):
            return None
        table = _rows_of(release, _most_active(release))
        if table.num_rows == 0:
            return None
        vectors = np.array(table.column(_VECTOR).to_pylist(), dtype=np.float32)
        length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        histories = map(decode_history, table.column("history").to_pylist())
        liked = (h["movie_id"][h["rating"] >= catalogue.like_threshold] for h in histories)
        return cls(
            numbers(table.column("user_id")),
            vectors / length,
            tuple(catalogue.positions(movies) for movies in liked),
        )


def _most_active(release: Release) -> Int:
    count = read_viewers(release, ["user_id", "user_rating_count"])
    order = np.argsort(-numbers(count.column("user_rating_count")), kind="stable")
    ids: Int = numbers(count.column("user_id"))[order[:MOST]]
    return ids


def _rows_of(release: Release, user_ids: Int) -> pa.Table:
    """Ids, histories and vectors of these viewers, of those who have a vector."""
    columns = ["user_id", "history", _VECTOR]
    return pa.Table.from_batches(
        _among(batch, user_ids).drop_null() for batch in viewer_batches(release, columns)
    )


def _among(batch: pa.RecordBatch, user_ids: Int) -> pa.RecordBatch:
    wanted = np.isin(numbers(batch["user_id"]), user_ids)
    return batch if wanted.all() else batch.filter(pa.array(wanted))
