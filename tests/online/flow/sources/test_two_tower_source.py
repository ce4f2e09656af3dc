"""The two towers of a release are a source and a signal from the very next request on."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
import release_world

from online.catalogue.catalogue import Catalogue
from online.flow.flows.home import candidate_sources
from online.flow.sources.signal_source import SignalSource
from online.users.live_update import AnonymousSession
from online.users.user_store import UserStore
from sparrow.release.release_folder import Release
from sparrow.signals.groups.two_tower import SIGNALS
from sparrow.signals.models.user_tower import LENGTH, TIME_BUCKETS, TwoTower

pytestmark = pytest.mark.redis

(SIGNAL,) = SIGNALS
DIM, UNITS = 2, 1


def parity_tower() -> TwoTower:
    """A user's vector adds up their movies', whose direction is their parity."""

    def zeros(*shape: int) -> np.ndarray:
        return np.zeros(shape, dtype=np.float32)

    items = zeros(len(release_world.MOVIES), DIM + 1)
    items[np.arange(len(items)), release_world.MOVIES % 2] = 1.0
    return TwoTower(
        item_vectors=items,
        content_weights=zeros(1, DIM),
        start=zeros(DIM),
        rating=zeros(DIM),
        time_gap=zeros(TIME_BUCKETS, DIM),
        query=zeros(1, DIM, DIM),
        key=zeros(1, DIM, DIM),
        value=zeros(1, DIM, DIM),
        attention_out=zeros(DIM, DIM),
        distance_bias=zeros(1, LENGTH),
        norms=zeros(3, 2, DIM),
        hidden=zeros(DIM, UNITS),
        hidden_bias=zeros(UNITS),
        hidden_out=zeros(UNITS, DIM),
        hidden_out_bias=zeros(DIM),
        recency=np.ones(LENGTH, dtype=np.float32),
    )


@pytest.fixture(scope="module")
def towered(release, tmp_path_factory) -> Release:
    """The checkerboard's release with two towers."""
    root = tmp_path_factory.mktemp("towered") / release.root.name
    shutil.copytree(release.root, root)
    parity_tower().save(root / "embeddings" / "two_tower")
    return Release.open(root)


@pytest.fixture
def after(towered, request_for):
    """The request of somebody without an id who did this."""
    catalogue = Catalogue.load(towered)
    store = UserStore(None, towered, catalogue)

    def after(session: AnonymousSession):
        user = store.session(session, at=release_world.AS_OF)
        return replace(request_for(None), user=user, catalogue=catalogue)

    return after


@pytest.mark.parametrize("parity", [0, 1])
def test_three_ratings_lead_to_the_same_kind_of_movie(after, parity):
    likes = dict.fromkeys((10 + parity, 20 + parity), 5.0)
    request = after(AnonymousSession(ratings={**likes, 31 - parity: 1.0}))
    found = SignalSource(replace(SIGNAL, head=30))(request)
    assert len(found.item_index) == 30
    assert (request.catalogue.ids[found.item_index] % 2 == parity).all()
    assert not np.isin(found.item_index, request.rated).any()
    logits = request.signals.at(SIGNAL.name, np.arange(len(request.catalogue)))
    same = request.catalogue.ids % 2 == parity
    assert logits[same].min() > logits[~same].max() > 0


def test_the_home_flow_recalls_by_the_two_towers(after):
    (source,) = [source for source in candidate_sources() if source.name == "two_tower"]
    assert len(source(after(AnonymousSession(clicked_ids=(10, 12)))).item_index) > 0


def test_a_release_without_two_towers_has_no_such_candidates(request_for):
    assert len(SignalSource(SIGNAL)(request_for(2)).item_index) == 0
