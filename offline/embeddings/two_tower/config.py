"""What decides the result of training beside the ratings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TwoTowerConfig:
    """Chosen on the last ratings but one of ml-100k's users."""

    dim: int = 48  # a multiple of `heads`
    heads: int = 2
    hidden: int = 96  # rectified units
    stride: int = 48  # new targets of a window; the other tokens are their context
    batch_windows: int = 32
    epochs: float = 8.0
    warm_epochs: float = 3.0  # where training starts from earlier weights
    min_steps: int = 250  # of few ratings there are more epochs …
    max_steps: int = 3_000  # … and of many fewer
    candidates: int = 3_000  # movies of the softmax; larger catalogues are sampled
    learning_rate: float = 0.015
    weight_decay: float = 0.3  # per step and unit of learning rate (AdamW)
    dropout: float = 0.1  # of tokens, attention and outputs
    id_dropout: float = 0.05  # share of movies known by their content alone, so that it is learnt
