"""Walks over small graphs whose ways are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame

from offline.recall.node2vec import Node2VecConfig, node2vec
from offline.recall.walks import WalkConfig, adjacency, transitions, walks
from offline.steps import Workspace
from sparrow.errors import DataError

pytestmark = pytest.mark.spark

# two triangles that share movie 3, every edge both ways; 6 is a dead end behind 5
UNDIRECTED = [(1, 2), (2, 3), (1, 3), (3, 4), (4, 5), (3, 5)]
EDGES = [*UNDIRECTED, *((b, a) for a, b in UNDIRECTED), (5, 6)]
MANY = WalkConfig(walks=150, length=4)


def likes(space: Workspace, rows: list[tuple[int, int, int]]) -> DataFrame:
    """Of user_id, movie_id, timestamp."""
    return space.spark.createDataFrame(rows, "user_id long, movie_id long, timestamp long")


@pytest.fixture(scope="module")
def graph(space: Workspace) -> DataFrame:
    edges = pd.DataFrame([(a, b, 1) for a, b in EDGES], columns=["source", "target", "weight"])
    return adjacency(space.spark.createDataFrame(edges), 10).cache()


def taken(graph: DataFrame, config: WalkConfig, seed: int = 1) -> list[list[int]]:
    """The walks, sorted."""
    return sorted(list(row.movies) for row in walks(graph, config, seed).collect())


def share(ways: list[list[int]], kind: str) -> float:
    """Of the second steps, those that go `back`, stay `near` what they left, or go `away`."""
    edges = set(EDGES)
    kinds = [
        "back" if c == a else "near" if (a, c) in edges else "away"
        for way in ways
        for a, b, c in zip(way, way[1:], way[2:], strict=False)
    ]
    return kinds.count(kind) / len(kinds)


def test_transitions_are_counted_and_ties_tell_nothing(space: Workspace) -> None:
    rows = [(1, 10, 5), (1, 20, 6), (1, 30, 7), (2, 10, 1), (2, 20, 3)]
    found = transitions(likes(space, rows)).toPandas()
    assert sorted(found.itertuples(index=False, name=None)) == [(10, 20, 2), (20, 30, 1)]
    page = [(1, movie, 5) for movie in range(20)]  # rated within one second
    forth, back = (transitions(likes(space, r)).toPandas() for r in (page, page[::-1]))
    ways = set(forth.itertuples(index=False, name=None))
    assert ways == set(back.itertuples(index=False, name=None))
    assert 4 < (forth.target > forth.source).sum() < 15  # neither ascending nor descending


def test_the_heaviest_neighbours_are_kept(space: Workspace) -> None:
    edges = pd.DataFrame(
        [(1, 5, 2), (1, 3, 9), (1, 4, 1), (2, 1, 1)], columns=["source", "target", "weight"]
    )
    lists = adjacency(space.spark.createDataFrame(edges), 2).toPandas().set_index("movie")
    assert list(lists.neighbours[1]) == [3, 5]
    assert list(lists.weights[1]) == [9.0, 2.0]


def test_walks_take_edges_of_the_graph_and_end_where_it_ends(graph: DataFrame) -> None:
    ways = taken(graph, replace(MANY, p=0.5, q=2.0))
    assert len(ways) == 5 * 150
    assert {way[0] for way in ways} == {1, 2, 3, 4, 5}
    assert {(a, b) for way in ways for a, b in zip(way, way[1:], strict=False)} == set(EDGES)
    assert all(len(way) == 4 or way[-1] == 6 for way in ways)


def test_the_same_seed_walks_the_same_ways(graph: DataFrame) -> None:
    few = replace(MANY, walks=10)
    assert taken(graph, few) == taken(graph.repartition(3), few)
    assert taken(graph, few) != taken(graph, few, seed=2)


def test_without_bias_edges_are_taken_by_their_weight(space: Workspace) -> None:
    edges = pd.DataFrame([(1, 2, 3), (1, 3, 1)], columns=["source", "target", "weight"])
    graph = adjacency(space.spark.createDataFrame(edges), 10)
    second = [way[1] for way in taken(graph, WalkConfig(walks=2_000, length=2))]
    assert second.count(2) / len(second) == pytest.approx(0.75, abs=0.04)


def test_p_and_q_steer_the_walks(graph: DataFrame) -> None:
    """p large: hardly a return. q large: around (breadth first); q small: away (depth first)."""
    plain = taken(graph, MANY)
    home = taken(graph, replace(MANY, p=0.01))
    onward = taken(graph, replace(MANY, p=100.0))
    around = taken(graph, replace(MANY, q=100.0))
    away = taken(graph, replace(MANY, q=0.01))
    assert share(home, "back") > 0.9
    assert share(onward, "back") < 0.05
    assert share(around, "away") < 0.05 < share(plain, "away") < share(away, "away")
    assert share(around, "near") > share(plain, "near") > share(away, "near")


def test_viewers_of_one_like_make_no_graph(space: Workspace) -> None:
    with pytest.raises(DataError, match="leave both out of SPARROW_EMBEDDINGS"):
        node2vec(likes(space, [(1, 10, 5), (2, 20, 6)]), Node2VecConfig(), seed=1)


def test_a_seed_gives_one_embedding(space: Workspace) -> None:
    rows = [(u, (7 * u + 3 * k) % 12, 10 * k) for u in range(20) for k in range(6)]
    config = Node2VecConfig(WalkConfig(walks=3, length=4))
    first, second = (
        node2vec(likes(space, rows), config, seed=5).movies.toPandas().sort_values("id")
        for _ in range(2)
    )
    np.testing.assert_array_equal(np.stack(first.vector), np.stack(second.vector))
