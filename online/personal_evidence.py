"""The parts of the evidence that a viewer's history gives, for the movies that are asked about.

No work here grows with the catalogue: a part's scale is that of the most rated movies.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from online.catalogue import Catalogue
from online.relations import Relations
from online.viewer_state import ViewerState
from sparrow.events import Int
from sparrow.evidence import NEUTRAL_STARS, TOWERS, Scale, recency
from sparrow.signals import two_tower

VECTORS = {"taste": "als", TOWERS: two_tower.NAME}
"""Parts that are the product of the viewer's vector and the movie's, and the embedding of each."""

ALIKE = "cosine"


class PersonalEvidence:
    """What `sparrow.evidence.PARTS` one viewer has; each is worked out when first asked for."""

    def __init__(self, viewer: ViewerState, catalogue: Catalogue) -> None:
        self._viewer = viewer
        self._catalogue = catalogue
        self._said: dict[str, np.ndarray] = {}
        self._scales: dict[str, Scale] = {}

    def at(self, part: str, positions: Int) -> np.ndarray:
        """A part for the movies at `positions`, on the scale of the most rated: (n,)."""
        if part not in self._scales:
            self._scales[part] = Scale.of(self._raw(part, self._catalogue.most_rated))
        return self._scales[part].apply(self._raw(part, positions))

    def said(self, part: str) -> np.ndarray:
        """What the history says by `relations(part)` of each of its movies: (n,)."""
        if part not in self._said:
            relations, (seen, weights) = self.relations(part), self._weights(part)
            self._said[part] = relations.speak(seen, weights) if relations else np.empty(0)
        return self._said[part]

    def relations(self, part: str) -> Relations | None:
        """By what a part relates movies; a release may lack it."""
        if part == "alike":
            return self._catalogue.similarities.get(ALIKE)
        return self._catalogue.similarity

    def _raw(self, part: str, positions: Int) -> np.ndarray:
        if part in VECTORS:
            return self._product(VECTORS[part], positions)
        relations = self.relations(part)
        if relations is None or not len(self._viewer.history):
            return np.zeros(len(positions))
        return relations.at(self.said(part), positions)

    def _product(self, embedding: str, positions: Int) -> np.ndarray:
        vector = self._viewer.vectors.get(embedding)
        movies = self._catalogue.vectors.get(embedding)
        if vector is None or movies is None:
            return np.zeros(len(positions))
        return np.where(movies.known[positions], movies.matrix[positions] @ vector, np.nan)

    def _weights(self, part: str) -> tuple[Int, np.ndarray]:
        """The movies of the history and what each counts, oldest first."""
        seen, history = self._seen, self._viewer.history
        if part == "alike":
            stars = history["rating"][self._catalogue.has(history["movie_id"])]
            return seen, stars.astype(np.float64) - NEUTRAL_STARS
        return seen, recency(len(seen)) if part == "co_rated_lately" else np.ones(len(seen))

    @cached_property
    def _seen(self) -> Int:
        """Positions of the movies of the history that the catalogue has."""
        return self._catalogue.positions(self._viewer.history["movie_id"])
