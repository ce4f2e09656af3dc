"""A user's vector by the two towers is there in the very next request."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace

import numpy as np
import pytest
import worlds

from online.catalogue import Catalogue
from online.live import Session
from online.sources.nearest_to_user import NearestToUser
from online.viewers import ViewerStore
from sparrow.embedding import Embedding
from sparrow.evidence import TOWERS, standardised
from sparrow.redis_server import async_redis_client
from sparrow.release import Release
from sparrow.signals.two_tower import LENGTH, NAME, TIME_BUCKETS, TwoTower

pytestmark = pytest.mark.redis
DIM = 2


def parity_tower() -> TwoTower:
    """Watching an even movie points one way, an odd one the other; nothing else counts."""
    nothing = np.zeros((DIM, DIM), dtype=np.float32)
    projection = np.zeros((1, DIM, DIM), dtype=np.float32)
    movies = np.eye(DIM)[worlds.MOVIES % 2]
    return TwoTower(
        item_vectors=np.column_stack([movies, np.zeros(len(movies))]).astype(np.float32),
        content_weights=nothing,
        start=nothing[0],
        rating=nothing[0],
        time_gap=np.zeros((TIME_BUCKETS, DIM), dtype=np.float32),
        query=projection,
        key=projection,
        value=projection,
        attention_out=nothing,
        distance_bias=np.zeros((1, LENGTH), dtype=np.float32),
        norms=np.zeros((3, 2, DIM), dtype=np.float32),
        hidden=nothing,
        hidden_bias=nothing[0],
        hidden_out=nothing,
        hidden_out_bias=nothing[0],
        recency=np.ones(LENGTH, dtype=np.float32),
    )


@pytest.fixture(scope="module")
def towered(release, tmp_path_factory) -> Release:
    """The checkerboard's release with two towers."""
    root = tmp_path_factory.mktemp("towered") / release.root.name
    shutil.copytree(release.root, root)
    folder, tower = root / "embeddings" / NAME, parity_tower()
    Embedding(worlds.MOVIES, tower.item_vectors).save(folder)
    tower.save(folder)
    manifest = replace(release.manifest, embeddings=(*release.manifest.embeddings, NAME))
    (root / "manifest.json").write_text(manifest.to_json())
    return Release.open(root)


@pytest.fixture(scope="module")
def store(towered) -> ViewerStore:
    return ViewerStore(None, towered, Catalogue.load(towered))


@pytest.mark.parametrize("parity", [0, 1])
def test_three_ratings_lead_to_the_same_kind_of_movie(towered, store, request_for, parity):
    ratings = dict.fromkeys((10 + parity, 20 + parity, 31 - parity), 4.0)
    viewer = store.session(Session(ratings=ratings), at=worlds.AS_OF)
    assert viewer.vectors[NAME][parity] > viewer.vectors[NAME][1 - parity] > 0
    request = replace(request_for(None), viewer=viewer, catalogue=Catalogue.load(towered))
    found = NearestToUser(NAME, size=30)(request)
    assert len(found.positions) == 30
    assert (request.catalogue.ids[found.positions] % 2 == parity).all()


def test_who_rated_nothing_has_no_vector(store):
    assert NAME not in store.session(Session(looked_at=(10, 12)), at=worlds.AS_OF).vectors


async def read(url, release, user_id):
    redis = async_redis_client(url, retries=0)
    try:
        return await ViewerStore(redis, release, Catalogue.load(release))(user_id)
    finally:
        await redis.aclose()


def test_a_stored_user_has_a_vector_too(towered, redis_url):
    viewer = asyncio.run(read(redis_url, towered, 4))
    parities = np.bincount(viewer.history["movie_id"] % 2, minlength=2)
    length = np.sqrt(parities.sum() + 2)  # the events and the start count 1 each, and 1 is added
    np.testing.assert_allclose(viewer.vectors[NAME], [*(parities / length), 1.0], rtol=1e-5)


def test_the_logits_of_the_towers_are_evidence(towered, store, request_for):
    catalogue, everything = Catalogue.load(towered), np.arange(len(worlds.MOVIES))
    viewer = store.session(Session(ratings={10: 5.0, 31: 1.0}), at=worlds.AS_OF)
    request = replace(request_for(None), viewer=viewer, catalogue=catalogue)
    evidence = request.evidence(TOWERS, everything)
    product = parity_tower().item_vectors @ viewer.vectors[NAME]
    scale = np.isin(everything, catalogue.most_rated)
    np.testing.assert_allclose(evidence, standardised(product, scale), rtol=1e-5)
    nobody = replace(request, viewer=store.session(Session(), at=worlds.AS_OF))
    assert not nobody.evidence(TOWERS, everything).any()
