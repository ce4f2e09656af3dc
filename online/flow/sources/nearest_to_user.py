"""NearestToUser: the movies whose vectors have the largest product with the user's vector."""

from __future__ import annotations

from dataclasses import dataclass

from online.flow.stages import Request, SourceResult
from online.reason import Reason
from sparrow.features.declarations import HISTORY_LENGTH
from sparrow.signals.values.liked_items import mean_pooled
from sparrow.signals.values.signal_values import NONE_FOUND, VectorValues
from sparrow.vectors.embedding import MEAN_POOLED_EMBEDDINGS


@dataclass(frozen=True)
class NearestToUser:
    """Recalls by an embedding that is no signal, for comparison with those that are."""

    embedding: str
    size: int = 200

    @property
    def name(self) -> str:
        """One source per embedding."""
        return f"nearest-to-user-{self.embedding}"

    def __call__(self, request: Request) -> SourceResult:
        """The nearest eligible movies; none for a user without a vector.

        A user's vector is the mean of the last likes or, in other embeddings, the release's.
        """
        movies = request.catalogue.vectors.get(self.embedding)
        if self.embedding in MEAN_POOLED_EMBEDDINGS:
            values = mean_pooled(movies, request.liked[-HISTORY_LENGTH:])
            return SourceResult(values.head(self.size, request.eligible))
        vector = request.user.vectors.get(self.embedding)
        if vector is None or movies is None:
            return SourceResult(NONE_FOUND)
        return SourceResult(VectorValues(movies, vector).head(self.size, request.eligible))

    def reason(self, request: Request, cause: int) -> Reason | None:
        """The whole history."""
        return Reason("taste")
