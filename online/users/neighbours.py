"""Candidates for the nearest users: the most active users of a release, with what they liked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from online.catalogue.catalogue import Catalogue
from online.runtime.arrow import to_numpy
from online.users.release_user_reader import read_users, user_batches, user_columns
from sparrow.arrays import Int, unit_rows
from sparrow.features.row_codec import decode_history
from sparrow.release.release_folder import Release

MAX_USERS = 5_000  # the most active ones
_VECTOR = "vec_als"


@dataclass(frozen=True)
class UserNeighbours:
    """Users by their unit taste vectors."""

    ids: Int  # (n,) user ids
    unit_vectors: np.ndarray  # (n, dim) float32, of length 1
    liked: tuple[Int, ...]  # item_index of the movies that each user liked

    @classmethod
    def load(cls, release: Release, catalogue: Catalogue) -> UserNeighbours | None:
        """The most active users of a release; None where users have no vectors."""
        if not {_VECTOR, "history"} <= user_columns(release):
            return None
        table = _rows_of(release, _most_active(release))
        if table.num_rows == 0:
            return None
        vectors = np.array(table.column(_VECTOR).to_pylist(), dtype=np.float32)
        histories = map(decode_history, table.column("history").to_pylist())
        liked = (h["movie_id"][h["rating"] >= catalogue.like_threshold] for h in histories)
        return cls(
            to_numpy(table.column("user_id")),
            unit_rows(vectors),
            tuple(catalogue.item_index(movies) for movies in liked),
        )


def _most_active(release: Release) -> Int:
    count = read_users(release, ["user_id", "user_rating_count"])
    order = np.argsort(-to_numpy(count.column("user_rating_count")), kind="stable")
    ids: Int = to_numpy(count.column("user_id"))[order[:MAX_USERS]]
    return ids


def _rows_of(release: Release, user_ids: Int) -> pa.Table:
    """Ids, histories and vectors of these users, without those who have no vector."""
    columns = ["user_id", "history", _VECTOR]
    return pa.Table.from_batches(
        _rows_of_users(batch, user_ids).drop_null() for batch in user_batches(release, columns)
    )


def _rows_of_users(batch: pa.RecordBatch, user_ids: Int) -> pa.RecordBatch:
    wanted = np.isin(to_numpy(batch["user_id"]), user_ids)
    return batch if wanted.all() else batch.filter(pa.array(wanted))
