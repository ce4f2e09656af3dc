"""Chooses the parameters of a baseline on a validation part, never on the test part."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pandas as pd

from offline.evaluation.baselines.interaction_matrix import InteractionMatrix, top_lists
from offline.evaluation.baselines.list_baselines import Baseline
from offline.evaluation.tasks.protocols import Protocol, ProtocolConfig, TrainTest
from offline.metrics.top_n import user_metrics


@dataclass(frozen=True)
class TunedParams:
    """What validation chose."""

    parameters: dict[str, float]
    stars: float  # ratings below do not count as interest
    ndcg: float  # NDCG@10 on validation

    def __str__(self) -> str:
        named = [f"{name.replace('_', ' ')} {value:g}" for name, value in self.parameters.items()]
        return ", ".join([*named, "likes only" if self.stars else "all ratings"])


def tune_baseline(
    baseline: Baseline, parts: TrainTest, protocol: Protocol, split: ProtocolConfig
) -> TunedParams:
    """The parameters of the best NDCG@10 when the training part is parted by the same protocol.

    Whether dislikes count as interest is one more choice. Ties go to the earlier choice.
    """
    validation_split = protocol(parts.train, split)
    found = []
    for stars in (0.0, split.like_threshold):
        known = InteractionMatrix.of(validation_split.train, split.seed, stars)
        for values in itertools.product(*baseline.choices.values()):
            parameters = dict(zip(baseline.choices, values, strict=True))
            lists = _lists(baseline, parameters, known, validation_split.relevant)
            found.append(
                TunedParams(
                    parameters,
                    stars,
                    float(user_metrics(lists, validation_split.relevant, 10)["ndcg"].mean()),
                )
            )
    return max(found, key=lambda chosen: chosen.ndcg)


def recommend(baseline: Baseline, chosen: TunedParams, parts: TrainTest, seed: int) -> pd.DataFrame:
    """The lists, 100 long, of the users of the test part."""
    known = InteractionMatrix.of(parts.train, seed, chosen.stars)
    return _lists(baseline, chosen.parameters, known, parts.relevant)


def _lists(
    baseline: Baseline,
    parameters: dict[str, float],
    known: InteractionMatrix,
    relevant: pd.DataFrame,
) -> pd.DataFrame:
    scorer = baseline.fit(known, **parameters)
    return top_lists(scorer, known, relevant["user_id"].unique(), 100)
