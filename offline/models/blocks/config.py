"""How a model is trained: everything that may be tuned, and how a run is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class TrainConfig:
    """Hyper-parameters of one training run; each model's are in `configs.toml`."""

    epochs: int = 20  # at most; early stopping usually ends sooner
    patience: int = 3  # epochs without a better validation AUC before stopping
    batch_size: int = 2048
    shuffle_rows: int = 200_000  # rows held in memory and mixed
    learning_rate: float = 1e-3  # at the start
    schedule: Literal["cosine", "constant"] = (
        "cosine"  # how the learning rate falls over all epochs
    )
    warmup: float = 0.0  # share of all steps in which the learning rate rises from 0
    weight_decay: float = 0.0  # per step and unit of learning rate, biases excepted (AdamW)
    embedding_dim: int = 16
    hidden: tuple[int, ...] = (128, 64)  # units of each hidden layer
    dropout: float = 0.0  # share of hidden units silenced in training
    id_dropout: float = 0.0  # share of known ids shown as unknown in training
    positive_weight: float | Literal["balanced"] = (
        1.0  # of likes; balanced: all as much as dislikes
    )
    negative_weight: float = 0.0  # of movies that were not chosen; 0 leaves them out
    list_epochs: int = 3  # over the training lists, after the signals' weights are there
    list_length: int = 32  # candidates of a list that are looked at in an epoch
    list_learning_rate: float = 3e-3
    list_dropout: float = 0.1  # share of hidden units silenced there
    seed: int = 42
