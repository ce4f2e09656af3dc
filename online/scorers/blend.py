"""Blend: a ranking model's verdict with the evidence that a viewer would watch a film at all.

A model trained on ratings answers "liked, if watched". A list of few places also needs "watched",
so its score is a weighted sum of standardised parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from online.flow import Request, Scorer, Scores
from sparrow.events import Int


@dataclass(frozen=True)
class Weights:
    """How much each part counts; a release's parameters `weight_<part>` override these.

    Chosen by hand on ml-100k from lists for held-out parts of a training part
    (`benchmarks/top_n.py`): taste alone is best where the held-out ratings are random ones, the
    trend where they are the latest; these serve both.
    """

    like: float = 0.4  # the model's logit
    taste: float = 1.0  # ALS product of viewer and movie; nothing for viewers without a vector
    popularity: float = 0.2  # log(1 + ratings)
    trend: float = 0.8  # log(1 + ratings of the last 30 days)

    @classmethod
    def of(cls, parameters: Mapping[str, float]) -> Weights:
        """The weights of a release."""
        names = [field.name for field in fields(cls)]
        chosen = {n: parameters[f"weight_{n}"] for n in names if f"weight_{n}" in parameters}
        return cls(**chosen)


@dataclass(frozen=True)
class Blend:
    """Ranks by `model` and what the embedding and the crowd say."""

    model: Scorer
    weights: Weights
    embedding: str = "als"

    @property
    def name(self) -> str:
        """The model's; the other parts belong to every model."""
        return self.model.name

    def __call__(self, request: Request, positions: Int) -> Scores:
        """The weighted sum and its parts, each with mean 0 and deviation 1 over the candidates.

        Where the model has no number, the total has none either.
        """
        parts = {
            "like": standardised(self.model(request, positions).total),
            "taste": self._taste(request, positions),
            "popularity": standardised(np.log1p(request.catalogue.figures.count[positions])),
            "trend": standardised(np.log1p(request.catalogue.figures.recent[positions])),
        }
        total = sum((getattr(self.weights, name) * part for name, part in parts.items()), 0.0)
        return Scores(np.asarray(total), parts)

    def _taste(self, request: Request, positions: Int) -> np.ndarray:
        vector = request.viewer.vectors.get(self.embedding)
        movies = request.catalogue.vectors.get(self.embedding)
        if vector is None or movies is None:
            return np.zeros(len(positions))
        taste = np.where(movies.known[positions], movies.matrix[positions] @ vector, np.nan)
        return np.nan_to_num(standardised(taste))  # no vector: no evidence either way


def standardised(values: np.ndarray) -> np.ndarray:
    """Values less their mean, over their deviation; what is not finite becomes NaN."""
    values = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return values
    deviation = known.std()
    return (values - known.mean()) / (deviation if deviation > 0 else 1.0)
