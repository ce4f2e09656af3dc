"""A viewer's vector by the two towers is there in the very next request."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
import worlds

from online.catalogue import Catalogue
from online.live import LiveFold, Session
from online.sources.nearest_to_user import NearestToUser
from online.viewer_state import ViewerState
from online.viewers import ViewerStore
from sparrow.embedding import Embedding
from sparrow.encoding import Encoding
from sparrow.features import Entity
from sparrow.release import Release
from sparrow.two_tower import FILE, NAME, Reader, ViewerTower, Weights

pytestmark = pytest.mark.redis
DIM = 2


def parity_tower(features) -> ViewerTower:
    """Liking an even movie points one way, liking an odd one the other; nothing else counts."""
    reader = Reader.of(features, Encoding({}, {}), worlds.MOVIES)
    columns, length = len(reader.mean), features["user_recent_movies"].length
    nothing = np.zeros((1 + len(worlds.MOVIES), DIM), dtype=np.float32)
    liked = nothing.copy()
    liked[1 + np.arange(len(worlds.MOVIES)), worlds.MOVIES % 2] = 1.0
    weights = Weights(
        chosen=nothing,
        liked=liked,
        recency=np.ones(length, dtype=np.float32),
        hidden=np.zeros((DIM + columns, 1), dtype=np.float32),
        hidden_bias=np.zeros(1, dtype=np.float32),
        out=np.zeros((1, DIM), dtype=np.float32),
        out_bias=np.zeros(DIM, dtype=np.float32),
    )
    return ViewerTower(reader, weights)


@pytest.fixture(scope="module")
def towered(release, tmp_path_factory) -> Release:
    """The checkerboard's release with two towers."""
    root = tmp_path_factory.mktemp("towered") / release.root.name
    shutil.copytree(release.root, root)
    folder = root / "embeddings" / NAME
    Embedding(worlds.MOVIES, np.eye(DIM)[worlds.MOVIES % 2]).save(folder)
    parity_tower(release.features).save(folder / FILE)
    manifest = replace(release.manifest, embeddings=(*release.manifest.embeddings, NAME))
    (root / "manifest.json").write_text(manifest.to_json())
    return Release.open(root)


@pytest.fixture(scope="module")
def store(towered) -> ViewerStore:
    return ViewerStore(None, towered, Catalogue.load(towered))


@pytest.mark.parametrize("parity", [0, 1])
def test_three_ratings_lead_to_the_same_kind_of_movie(towered, store, request_for, parity):
    likes = dict.fromkeys((10 + parity, 20 + parity), 5.0)
    viewer = store.session(Session(ratings={**likes, 31 - parity: 1.0}), at=worlds.AS_OF)
    assert viewer.vectors[NAME][parity] > 0 > viewer.vectors[NAME][1 - parity]
    request = replace(request_for(None), viewer=viewer, catalogue=Catalogue.load(towered))
    found = NearestToUser(NAME, size=30)(request)
    assert len(found.positions) == 30
    assert (request.catalogue.ids[found.positions] % 2 == parity).all()


def test_who_rated_nothing_has_no_vector(store):
    assert NAME not in store.session(Session(looked_at=(10, 12)), at=worlds.AS_OF).vectors


def test_a_vector_of_the_release_goes_with_the_ratings_that_made_it(towered):
    catalogue = Catalogue.load(towered)
    fold = LiveFold(catalogue, towered.features)
    (row,) = towered.features.empty_rows(Entity.USER, 1)
    old = ViewerState(5, row, vectors={NAME: np.ones(DIM), "other": np.ones(DIM)})
    assert set(fold.session(old, Session(), at=worlds.AS_OF).vectors) == {"other"}
