"""A release whose embeddings have an index: the same movies are found, whatever is filtered."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
import release_world

from online.catalogue.catalogue import Catalogue
from online.flow.sources.signal_source import SignalSource
from online.flow.stages import Request
from sparrow.release.release_folder import Release
from sparrow.signals.values.signal import Signal
from sparrow.vectors import item_vectors as house
from sparrow.vectors.embedding import Embedding
from sparrow.vectors.index import build_index
from sparrow.vectors.item_vectors import ItemVectors

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def indexed(release, tmp_path_factory) -> Catalogue:
    """The catalogue of the checkerboard, with indexes though it is small."""
    root = tmp_path_factory.mktemp("indexed") / release.root.name
    shutil.copytree(release.root, root)
    for name in release.manifest.embeddings:
        folder = root / "embeddings" / name
        assert build_index(folder, Embedding.load(folder).vectors, min_items=1) == 1.0
    return Catalogue.load(Release.open(root))


@pytest.mark.parametrize("genre", [None, "Drama", "Comedy"])
@pytest.mark.parametrize("user_id", [1, 2])
def test_an_index_recalls_what_exact_search_does(indexed, request_for, user_id, genre):
    request: Request = request_for(user_id, genre=genre)
    source = SignalSource(Signal("als", "", head=8))
    assert indexed.vectors["als"].indexed is not None
    found = source(replace(request, catalogue=indexed)).item_index
    assert found.tolist() == source(request).item_index.tolist()
    assert len(found) == 8


def with_index(matrix: np.ndarray, folder) -> ItemVectors:
    ids = np.arange(len(matrix)) + 10
    Embedding(ids, matrix).save(folder)
    build_index(folder, matrix, min_items=1)
    return ItemVectors.load(folder, np.arange(len(matrix) + 20))


def test_the_index_is_asked_and_not_the_matrix(tmp_path, monkeypatch):
    matrix = np.random.default_rng(1).normal(size=(300, 6)).astype(np.float32)
    vectors = with_index(matrix, tmp_path)
    monkeypatch.setattr(ItemVectors, "dot", lambda *_: pytest.fail("every movie was looked at"))
    everything = np.ones(320, dtype=bool)
    everything[10] = False
    found = vectors.nearest(matrix[0], 20, everything)
    products = matrix @ matrix[0]
    expected = np.argsort(-products) + 10
    assert np.isin(found, expected[expected != 10][:20]).sum() >= 17  # a graph may miss a few
    assert 10 not in found
    assert (np.diff(products[found - 10]) <= 0).all()


def test_a_narrow_scope_is_searched_exactly(tmp_path, monkeypatch):
    """Three movies that fit the user worst, which no index lists among its nearest."""
    monkeypatch.setattr(house, "_MAX_INDEX_RESULTS", 50)
    matrix = np.random.default_rng(1).normal(size=(300, 6)).astype(np.float32)
    vectors = with_index(matrix, tmp_path)
    worst = np.argsort(matrix @ matrix[0])[:3] + 10
    among = np.zeros(320, dtype=bool)
    among[worst] = True
    assert vectors.nearest(matrix[0], 20, among).tolist() == worst[::-1].tolist()


def test_cosine_of_unequal_vectors_is_exact_and_of_equal_ones_looked_up(tmp_path):
    random = np.random.default_rng(2)
    matrix = random.normal(size=(200, 4)).astype(np.float32)
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    everything = np.ones(220, dtype=bool)
    uneven, even = (with_index(m, tmp_path / n) for m, n in ((matrix, "uneven"), (unit, "even")))
    assert (uneven.indexed.equal_norms, even.indexed.equal_norms) == (False, True)
    expected = np.argsort(-(unit @ matrix[5]))[:10] + 10
    for vectors in (uneven, even):
        assert vectors.nearest(matrix[5], 10, everything, cosine=True).tolist() == expected.tolist()
    assert even.neighbours(15, 9)[0].tolist() == expected[1:].tolist()


def test_worlds_unrated_movie_is_never_found(indexed, request_for):
    request = replace(request_for(2), catalogue=indexed)
    found = SignalSource(Signal("als", "", head=60))(request).item_index
    assert release_world.UNRATED not in indexed.ids[found]
