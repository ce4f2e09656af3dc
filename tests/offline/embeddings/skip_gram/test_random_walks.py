"""Walks over small graphs whose ways are known."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame

from offline.embeddings.skip_gram.node2vec import Node2VecConfig, node2vec
from offline.embeddings.skip_gram.random_walks import (
    WalkConfig,
    adjacency,
    transitions,
    walk_step,
    walks,
)
from offline.runtime.step import RunContext
from sparrow.errors import DataError

pytestmark = pytest.mark.spark

# two triangles that share movie 3, every edge both ways; 6 is a dead end behind 5
UNDIRECTED = [(1, 2), (2, 3), (1, 3), (3, 4), (4, 5), (3, 5)]
EDGES = [*UNDIRECTED, *((b, a) for a, b in UNDIRECTED), (5, 6)]


def likes(space: RunContext, rows: list[tuple[int, int, int]]) -> DataFrame:
    """Of user_id, movie_id, timestamp."""
    return space.spark.createDataFrame(rows, "user_id long, movie_id long, timestamp long")


@pytest.fixture(scope="module")
def graph(space: RunContext) -> DataFrame:
    edges = pd.DataFrame([(a, b, 1) for a, b in EDGES], columns=["source", "target", "weight"])
    return adjacency(space.spark.createDataFrame(edges), 10).cache()


def taken(graph: DataFrame, config: WalkConfig, seed: int = 1) -> list[list[int]]:
    """The walks, sorted."""
    return sorted(list(row.movies) for row in walks(graph, config, seed).collect())


def next_of(p: float, q: float, previous: int | None) -> dict[int | None, float]:
    """Where walks that stand on 3 go, having come from `previous`: movie → share of them."""
    neighbours = {a: sorted(y for x, y in EDGES if x == a) for a, _ in EDGES}
    count = 20_000
    standing = pa.record_batch(
        {
            "walk": pa.array(range(count), pa.int64()),
            "movies": [[3]] * count,
            "previous": pa.array([previous] * count, pa.int64()),
            "before": pa.array(
                [None if previous is None else neighbours[previous]] * count, pa.list_(pa.int64())
            ),
            "neighbours": [neighbours[3]] * count,
            "weights": [[1.0, 1.0, 2.0, 1.0]] * count,  # of 1, 2, 4 and 5
        }
    )
    (moved,) = walk_step(p, q, 2)(iter([standing]))
    went, often = np.unique(moved["next"], return_counts=True)
    return dict(zip(went.tolist(), (often / count).tolist(), strict=True))


def test_transitions_are_counted_and_ties_tell_nothing(space: RunContext) -> None:
    rows = [(1, 10, 5), (1, 20, 6), (1, 30, 7), (2, 10, 1), (2, 20, 3)]
    found = transitions(likes(space, rows)).toPandas()
    assert sorted(found.itertuples(index=False, name=None)) == [(10, 20, 2), (20, 30, 1)]
    page = [(1, movie, 5) for movie in range(20)]  # rated within one second
    forth, back = (transitions(likes(space, r)).toPandas() for r in (page, page[::-1]))
    ways = set(forth.itertuples(index=False, name=None))
    assert ways == set(back.itertuples(index=False, name=None))
    assert 4 < (forth.target > forth.source).sum() < 15  # neither ascending nor descending


def test_the_heaviest_neighbours_are_kept(space: RunContext) -> None:
    edges = pd.DataFrame(
        [(1, 5, 2), (1, 3, 9), (1, 4, 1), (2, 1, 1)], columns=["source", "target", "weight"]
    )
    lists = adjacency(space.spark.createDataFrame(edges), 2).toPandas().set_index("movie")
    assert list(lists.neighbours[1]) == [3, 5]
    assert list(lists.weights[1]) == [9.0, 2.0]


def test_walks_take_edges_of_the_graph_and_end_where_it_ends(graph: DataFrame) -> None:
    config = WalkConfig(walks=60, length=4, p=0.5, q=2.0)
    ways = taken(graph, config)
    assert len(ways) == 5 * 60
    assert {way[0] for way in ways} == {1, 2, 3, 4, 5}
    assert {pair for way in ways for pair in itertools.pairwise(way)} == set(EDGES)
    assert all(len(way) == 4 or way[-1] == 6 for way in ways)
    assert taken(graph.repartition(3), config) == ways
    assert taken(graph, config, seed=2) != ways


@pytest.mark.parametrize(
    ("p", "q"), [(1.0, 1.0), (0.1, 1.0), (100.0, 1.0), (1.0, 100.0), (1.0, 0.1), (2.0, 0.5)]
)
def test_p_and_q_steer_by_the_definition(p: float, q: float) -> None:
    """From 1 to 3: back to 1 by 1/p, to 2 that 1 leads to as well, away to 4 and 5 by 1/q."""
    weight = {1: 1 / p, 2: 1.0, 4: 2 / q, 5: 1 / q}
    expected = {movie: each / sum(weight.values()) for movie, each in weight.items()}
    assert next_of(p, q, previous=1) == pytest.approx(expected, abs=0.015)


def test_the_first_step_knows_no_bias() -> None:
    expected = {1: 0.2, 2: 0.2, 4: 0.4, 5: 0.2}
    assert next_of(0.1, 10.0, previous=None) == pytest.approx(expected, abs=0.015)


def test_users_of_one_like_make_no_graph(space: RunContext) -> None:
    with pytest.raises(DataError, match="leave both out of SPARROW_EMBEDDINGS"):
        node2vec(likes(space, [(1, 10, 5), (2, 20, 6)]), Node2VecConfig(), seed=1)


def test_a_seed_gives_one_embedding(space: RunContext) -> None:
    rows = [(u, (7 * u + 3 * k) % 12, 10 * k) for u in range(20) for k in range(6)]
    config = Node2VecConfig(WalkConfig(walks=3, length=3))
    first, second = (
        node2vec(likes(space, rows), config, seed=5).movies.toPandas().sort_values("id")
        for _ in range(2)
    )
    np.testing.assert_array_equal(np.stack(first.vector), np.stack(second.vector))
