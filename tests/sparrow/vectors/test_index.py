"""One contract for every index, and what the graph alone must keep."""

from __future__ import annotations

import numpy as np
import pytest

from sparrow.vectors.index import (
    HNSW_FILE,
    ExactIndex,
    HnswIndex,
    build_index,
    load_index,
    recall,
)

COUNT, DIM = 600, 12


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    """Vectors of very different lengths."""
    random = np.random.default_rng(3)
    lengths = random.lognormal(0.0, 0.5, (COUNT, 1))
    return (random.normal(size=(COUNT, DIM)) * lengths).astype(np.float32)


@pytest.fixture(scope="module", params=["exact", "hnsw", "mapped"])
def index(request, matrix, tmp_path_factory):
    if request.param == "exact":
        return ExactIndex(matrix)
    built = HnswIndex.build(matrix)
    if request.param == "hnsw":
        return built
    file = tmp_path_factory.mktemp("index") / HNSW_FILE
    built.save(file)
    return HnswIndex.view(file)


@pytest.fixture
def queries() -> np.ndarray:
    return np.random.default_rng(5).normal(size=(20, DIM)).astype(np.float32)


def test_a_small_graph_is_the_same_every_time(matrix, queries):
    first, second = HnswIndex.build(matrix), HnswIndex.build(matrix)
    for query in queries:
        found = [graph.search(query, 30)[0].tolist() for graph in (first, second)]
        assert found[0] == found[1]


def test_a_graph_goes_on_where_its_beginning_ends(monkeypatch, matrix, queries):
    monkeypatch.setattr("sparrow.vectors.index.SEQUENTIAL_INSERTS", 400)
    built = HnswIndex.build(matrix)
    assert len(built) == COUNT
    assert recall(built, ExactIndex(matrix), queries, 30) > 0.97


def test_finds_the_largest_products_best_first(index, matrix, queries):
    for query in queries:
        places, products = index.search(query, 30)
        assert places.dtype == np.int64
        assert len(set(places.tolist())) == 30
        np.testing.assert_allclose(products, matrix[places] @ query, rtol=1e-3, atol=1e-3)
        assert (np.diff(products) <= 1e-5).all()
    assert recall(index, ExactIndex(matrix), queries, 30) > 0.97


def test_gives_all_it_has_when_asked_for_more(index, queries):
    places, products = index.search(queries[0], 10 * COUNT)
    assert len(index) == COUNT
    assert len(places) == len(products) > 0.97 * COUNT


def test_nothing_is_asked_for(index, queries):
    places, products = index.search(queries[0], 0)
    assert len(places) == len(products) == 0


def test_the_longest_vector_wins_though_another_points_better():
    """A product is no cosine: the graph must not forget how long a vector is."""
    matrix = np.array([[1, 0], [9, 3], [0, 1]], dtype=np.float32)
    for index in (ExactIndex(matrix), HnswIndex.build(matrix)):
        assert index.search(np.array([1.0, 0.0]), 1)[0].tolist() == [1]


def test_equal_products_come_in_order():
    index = ExactIndex(np.ones((9, 2), dtype=np.float32))
    assert index.search(np.ones(2), 4)[0].tolist() == [0, 1, 2, 3]


def test_hnsw_index_is_built_from_min_items_on(matrix, tmp_path):
    assert build_index(tmp_path, matrix, min_items=COUNT + 1) is None
    assert not (tmp_path / HNSW_FILE).exists()
    share = build_index(tmp_path, matrix, min_items=COUNT)
    assert share is not None
    assert 0.9 < share <= 1.0
    assert isinstance(load_index(tmp_path), HnswIndex)


def test_recall_counts_what_both_find():
    exact = ExactIndex(np.array([[3.0], [2], [1], [0]], dtype=np.float32))
    other = ExactIndex(np.array([[3.0], [0], [2], [1]], dtype=np.float32))
    assert recall(other, exact, np.ones((1, 1)), 2) == 0.5
