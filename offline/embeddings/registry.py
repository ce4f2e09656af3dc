"""The embeddings that a release may have, by the names that SPARROW_EMBEDDINGS takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from pyspark.sql import DataFrame

from offline.embeddings.skip_gram.item2vec import Item2VecConfig, item2vec
from offline.embeddings.skip_gram.node2vec import Node2VecConfig, node2vec
from offline.embeddings.skip_gram.random_walks import WalkConfig
from offline.embeddings.spark_als import AlsConfig, ExplicitAlsConfig, als, als_explicit
from offline.embeddings.vectors.entity_vectors import EntityVectors
from sparrow.errors import ConfigurationError
from sparrow.vectors.cold_start import TWO_TOWER


@dataclass(frozen=True)
class EmbeddingSpec:
    """How an embedding is made: `make(rows, config, seed)`."""

    make: Callable[[DataFrame, Any, int], EntityVectors]
    config: Any  # a frozen dataclass
    uses_likes_only: bool  # whether `rows` are the likes alone, or all ratings

    @property
    def parameters(self) -> dict[str, object]:
        """What decides the result besides the ratings."""
        return asdict(self.config)


EMBEDDINGS: dict[str, EmbeddingSpec] = {
    "item2vec": EmbeddingSpec(item2vec, Item2VecConfig(), uses_likes_only=True),
    "als": EmbeddingSpec(als, AlsConfig(), uses_likes_only=False),
    "als_explicit": EmbeddingSpec(als_explicit, ExplicitAlsConfig(), uses_likes_only=False),
    "deepwalk": EmbeddingSpec(node2vec, Node2VecConfig(), uses_likes_only=True),
    "node2vec": EmbeddingSpec(
        node2vec, Node2VecConfig(WalkConfig(p=2.0, q=0.5)), uses_likes_only=True
    ),
}

TRAINED_ON_SEQUENCES = (TWO_TOWER,)
"""Embeddings that a step of their own learns, from sequences and not from a frame of ratings."""


def parse_embedding_names(text: str) -> tuple[str, ...]:
    """The names of a comma list, each once, in the order given.

    Raises ConfigurationError for an unknown one.
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in EMBEDDINGS and name not in TRAINED_ON_SEQUENCES:
            raise ConfigurationError(
                f"Expected names among {', '.join((*EMBEDDINGS, *TRAINED_ON_SEQUENCES))} in "
                f"SPARROW_EMBEDDINGS, got {name}."
            )
    return names
