"""Blend: a ranking model's verdict with the evidence that a viewer would watch a film at all.

A model trained on ratings answers "liked, if watched". A list of few places also needs "watched",
so its score is a weighted sum of standardised parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from online.flow import Request, Scorer, Scores
from sparrow.events import Int
from sparrow.evidence import FEW, NEXT, PARTS, RETURN_DAYS, goes_on, standardised
from sparrow.folds import DAY

PREFIX = "weight_"
LIKE = 0.1
"""Weight of a model's "like" where a release names none: it decides where the evidence is level."""

SETTLED = 20
"""Ratings from which on a viewer is no newcomer any more."""

VERDICTS = ("like", "watch")
"""What a model may say of a movie; that it would be watched say models of two tasks alone."""


@dataclass(frozen=True)
class Weights:
    """What each part counts: by how much is known of a viewer, and by how long they were away."""

    settled: Mapping[str, float]
    few: Mapping[int, Mapping[str, float]] = field(default_factory=dict)  # ratings → weights
    next: Mapping[str, float] | None = None  # of whom `goes_on` is true; None: as others
    return_within: float = 0.0  # seconds

    def of(self, ratings: int, away: float) -> dict[str, float]:
        """The weights for a viewer with so many ratings, who has been away for so many seconds.

        A part that counts nothing is left out. Between the counts of ratings that weights were
        chosen for they change with the logarithm.
        """
        settled = self.settled
        if self.next is not None and goes_on(np.array(away), self.return_within):
            settled = self.next
        if not self.few or ratings >= SETTLED:
            return {name: weight for name, weight in settled.items() if weight}
        knots = [*(self.few[count] for count in sorted(self.few)), settled]
        counts = np.log1p([*sorted(self.few), SETTLED])
        names = dict.fromkeys(name for knot in knots for name in knot)
        return {
            name: weight
            for name in names
            if (weight := float(np.interp(np.log1p(ratings), counts, _at(knots, name))))
        }


def _at(knots: list[Mapping[str, float]], part: str) -> list[float]:
    return [knot.get(part, 0.0) for knot in knots]


def weights_of(parameters: Mapping[str, float], model: str) -> Weights:
    """The weight of each part when `model` ranks.

    From a release's `weight_<part>`, `weight_<part>@<ratings>` and, if it has `return_days`,
    `weight_<part>@next` for the evidence, and its `weight_<verdict>_<model>`; a release without
    evidence ranks by its model and by taste.
    """
    defaults = {"like": LIKE, "watch": 0.0}
    verdicts = {
        name: parameters.get(f"{PREFIX}{name}_{model}", defaults[name]) for name in VERDICTS
    }

    def chosen(suffix: str) -> dict[str, float]:
        return {name: parameters.get(f"{PREFIX}{name}{suffix}", 0.0) for name in PARTS}

    settled = chosen("")
    if not any(settled.values()):
        settled["taste"] = 1.0
    few = {count: chosen(f"@{count}") for count in FEW}
    differs = RETURN_DAYS in parameters
    return Weights(
        verdicts | settled,
        {count: verdicts | weights for count, weights in few.items() if any(weights.values())},
        verdicts | chosen(f"@{NEXT}") if differs else None,
        parameters.get(RETURN_DAYS, 0.0) * DAY,
    )


@dataclass(frozen=True)
class Blend:
    """Ranks by `model` and by what the viewer's history and the crowd say."""

    model: Scorer
    weights: Weights  # by part; a part without weight is not computed

    def lately(self) -> Blend:
        """The same where all that the whole history says is said by its recent part."""
        weights = self.weights
        return Blend(
            self.model,
            replace(
                weights,
                settled=_lately(weights.settled),
                few={count: _lately(each) for count, each in weights.few.items()},
                next=None if weights.next is None else _lately(weights.next),
            ),
        )

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
                else request.evidence(name, positions)
            )
            for name, weight in self.weights.of(len(request.viewer.history), request.away).items()
        }
        unknown = np.isnan(model.total)
        return Scores(np.where(unknown, np.nan, np.sum(list(parts.values()), axis=0)), parts)


def _lately(weights: Mapping[str, float]) -> dict[str, float]:
    moved = dict(weights)
    if whole := moved.pop("co_rated", 0.0):
        moved["co_rated_lately"] = moved.get("co_rated_lately", 0.0) + whole
    return moved
