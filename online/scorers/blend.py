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
"""Weight of a model's "like" where a release names none: it decides where the evidence is level."""

VERDICTS = ("like", "watch")
"""What a model may say of a movie; that it would be watched say models of two tasks alone."""


def weights_of(parameters: Mapping[str, float], model: str) -> dict[str, float]:
    """The weight of each part that counts when `model` ranks.

    From a release's `weight_<part>` for the evidence and `weight_<verdict>_<model>`; a release
    without evidence ranks by its model and by taste.
    """
    chosen = {name: parameters.get(PREFIX + name, 0.0) for name in PARTS}
    if not any(chosen.values()):
        chosen["taste"] = 1.0
    defaults = {"like": LIKE, "watch": 0.0}
    verdicts = {
        name: parameters.get(f"{PREFIX}{name}_{model}", defaults[name]) for name in VERDICTS
    }
    return {name: weight for name, weight in (verdicts | chosen).items() if weight}


@dataclass(frozen=True)
class Blend:
    """Ranks by `model` and by what the viewer's history and the crowd say."""

    model: Scorer
    weights: Mapping[str, float]  # by part; a part without weight is not computed

    def lately(self) -> Blend:
        """The same where all that the whole history says is said by its recent part."""
        weights = {name: weight for name, weight in self.weights.items() if name != "co_rated"}
        moved = self.weights.get("co_rated", 0.0)
        if moved:
            weights["co_rated_lately"] = weights.get("co_rated_lately", 0.0) + moved
        return Blend(self.model, weights)

    @property
    def name(self) -> str:
        """The model's; the other parts belong to every model."""
        return self.model.name

    def __call__(self, request: Request, positions: Int) -> Scores:
        """The weighted sum, and each part times its weight.

        The model's parts are standardised over the candidates, the others over the catalogue. Where
        the model has no number, the total has none either.
        """
        model = self.model(request, positions)
        verdicts = {"watch": model.parts.get("watch", np.zeros(len(positions)))}
        verdicts["like"] = model.total
        parts = {
            name: weight
            * (
                standardised(verdicts[name])
                if name in verdicts
                else request.evidence(name)[positions]
            )
            for name, weight in self.weights.items()
        }
        unknown = np.isnan(model.total)
        return Scores(np.where(unknown, np.nan, np.sum(list(parts.values()), axis=0)), parts)
