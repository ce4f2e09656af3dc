"""Ranking models as people write their names."""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "lr": "Logistic regression",
    "fm": "FM",
    "mlr": "MLR",
    "embedding_mlp": "Embedding & MLP",
    "wide_deep": "Wide & Deep",
    "neural_cf": "NeuralCF",
    "two_towers": "Two towers",
    "deepfm": "DeepFM",
    "din": "DIN",
    "dien": "DIEN",
    "dcn_v2": "DCN V2",
    "transformer": "Transformer",
    "mmoe": "MMoE",
    "gated": "Gated signals",
    "linear": "Linear model",
    "signal:als": "ALS",
    "signal:ease": "EASE",
    "signal:popularity": "Popularity",
}


def model_name(name: str) -> str:
    """A model as a message; one that is not known here goes by its own name."""
    return NAMES.get(name, name)
