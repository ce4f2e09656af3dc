"""Node2vec and DeepWalk: movies are alike that walks over the transition graph find together."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspark.sql import DataFrame

from offline.embeddings.skip_gram.random_walks import WalkConfig, adjacency, transitions, walks
from offline.embeddings.skip_gram.sentences import SkipGramConfig, mean_pool_users, skip_gram
from offline.embeddings.vectors.entity_vectors import EntityVectors
from sparrow.errors import DataError


@dataclass(frozen=True)
class Node2VecConfig:
    """Walks, and skip-gram over them."""

    walk: WalkConfig = field(default_factory=WalkConfig)
    skip_gram: SkipGramConfig = field(default_factory=lambda: SkipGramConfig(window=5, min_count=1))


def node2vec(likes: DataFrame, config: Node2VecConfig, seed: int) -> EntityVectors:
    """Movie vectors after Grover & Leskovec (2016, arXiv:1607.00653), and users' from them.

    With p = q = 1 it is DeepWalk (Perozzi, Al-Rfou & Skiena 2014, arXiv:1403.6652). Movie vectors
    have length 1; a user's is the mean of those of their last liked movies. Raises DataError when
    no user likes two movies.
    """
    graph = adjacency(transitions(likes), config.walk.neighbours).persist()
    if graph.isEmpty():
        raise DataError(
            "Expected users with two liked movies or more, whose order makes the graph that "
            "DeepWalk and Node2vec walk on, but there are none: leave both out of "
            "SPARROW_EMBEDDINGS."
        )
    sentences = walks(graph, config.walk, seed).persist()
    movies = skip_gram(sentences, config.skip_gram, seed)
    sentences.unpersist()
    graph.unpersist()
    return mean_pool_users(movies, likes)
