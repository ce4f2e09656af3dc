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
from offline.embeddings.vectors.entity_vectors import Recalled
from sparrow.errors import ConfigurationError
from sparrow.vectors.cold_start import TWO_TOWER


@dataclass(frozen=True)
class Build:
    """How an embedding is made: `make(rows, config, seed)`."""

    make: Callable[[DataFrame, Any, int], Recalled]
    config: Any  # a frozen dataclass
    of_likes: bool  # whether `rows` are the likes alone, or all ratings

    @property
    def parameters(self) -> dict[str, object]:
        """What decides the result besides the ratings."""
        return asdict(self.config)


BUILDS: dict[str, Build] = {
    "item2vec": Build(item2vec, Item2VecConfig(), of_likes=True),
    "als": Build(als, AlsConfig(), of_likes=False),
    "als_explicit": Build(als_explicit, ExplicitAlsConfig(), of_likes=False),
    "deepwalk": Build(node2vec, Node2VecConfig(), of_likes=True),
    "node2vec": Build(node2vec, Node2VecConfig(WalkConfig(p=2.0, q=0.5)), of_likes=True),
}

OF_SAMPLES = (TWO_TOWER,)
"""Embeddings that a step of their own learns, from sequences and not from a frame of ratings."""


def names_in(text: str) -> tuple[str, ...]:
    """The names of a comma list, each once, in the order given.

    Raises ConfigurationError for an unknown one.
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in BUILDS and name not in OF_SAMPLES:
            raise ConfigurationError(
                f"Expected names among {', '.join((*BUILDS, *OF_SAMPLES))} in SPARROW_EMBEDDINGS, "
                f"got {name}."
            )
    return names
