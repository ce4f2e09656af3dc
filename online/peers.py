"""Peers: a bounded sample of a release's viewers, with what they liked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as ds

from online.catalogue import Catalogue
from sparrow.codec import decode_history
from sparrow.events import Int
from sparrow.release import Release

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
        users = ds.dataset(release.root / "users", format="parquet")
        if _VECTOR not in users.schema.names or "history" not in users.schema.names:
            return None
        count = users.to_table(columns=["user_id", "user_rating_count"])
        order = np.argsort(-count.column("user_rating_count").to_numpy(), kind="stable")[:MOST]
        chosen = pc.field("user_id").isin(count.column("user_id").to_numpy()[order].tolist())
        table = users.to_table(
            columns=["user_id", "history", _VECTOR],
            filter=chosen & pc.field(_VECTOR).is_valid(),
        )
        if table.num_rows == 0:
            return None
        vectors = np.array(table.column(_VECTOR).to_pylist(), dtype=np.float32)
        length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        histories = map(decode_history, table.column("history").to_pylist())
        liked = (h["movie_id"][h["rating"] >= catalogue.like_threshold] for h in histories)
        return cls(
            table.column("user_id").to_numpy(),
            vectors / length,
            tuple(catalogue.positions(movies) for movies in liked),
        )
