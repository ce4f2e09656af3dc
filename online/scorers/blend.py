"""Blend: a ranking model's verdict with the evidence that a viewer would watch a film at all.

A model trained on ratings answers "liked, if watched". A list of few places also needs "watched",
so its score is a weighted sum of standardised parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from online.flow import Request, Scorer, Scores
from sparrow.events import Int
from sparrow.evidence import PARTS, standardised

PREFIX = "weight_"
LIKE = 0.1
"""Weight of the model where a release names none: it decides where the evidence is level."""


def weights_of(parameters: Mapping[str, float]) -> dict[str, float]:
    """The weight of each part that counts, from a release's `weight_<part>`.

    A release without any ranks by its model and by taste.
    """
    chosen = {name: parameters.get(PREFIX + name, 0.0) for name in PARTS}
    if not any(chosen.values()):
        chosen["taste"] = 1.0
    weights = {"like": parameters.get(PREFIX + "like", LIKE)} | chosen
    return {name: weight for name, weight in weights.items() if weight}


@dataclass(frozen=True)
class Blend:
    """Ranks by `model` and by what the viewer's history and the crowd say."""

    model: Scorer
    weights: Mapping[str, float]  # by part; a part without weight is not computed

    @property
    def name(self) -> str:
        """The model's; the other parts belong to every model."""
        return self.model.name

    def __call__(self, request: Request, positions: Int) -> Scores:
        """The weighted sum, and each part times its weight.

        The model's part is standardised over the candidates, the others over the catalogue. Where
        the model has no number, the total has none either.
        """
        parts = {
            name: weight * self._part(name, request, positions)
            for name, weight in self.weights.items()
        }
        return Scores(np.sum(list(parts.values()), axis=0), parts)

    def _part(self, name: str, request: Request, positions: Int) -> np.ndarray:
        if name != "like":
            return request.evidence(name)[positions]
        logit = self.model(request, positions).total
        return np.where(np.isnan(logit), np.nan, standardised(logit))
