import numpy as np
import pytest

from online.flow.sources.user_knn import UserKnn
from online.users.neighbours import UserNeighbours

pytestmark = pytest.mark.redis


def test_finds_what_the_nearest_liked_and_counts_them(request_for):
    request = request_for(2)
    vector = request.signals.vector("als")
    taste = vector / np.linalg.norm(vector)
    unseen = np.flatnonzero(request.eligible)[:3]
    neighbours = UserNeighbours(
        ids=np.array([2, 101, 102, 103]),
        unit_vectors=np.stack([taste, taste, taste, -taste]).astype(np.float32),
        liked=(unseen, unseen[:2], unseen[:1], unseen),
    )
    social = UserKnn(neighbours)
    found = social(request)
    assert found.item_index.tolist() == [unseen[0]]
    assert social.reason(request, int(found.provenance[0])).text.startswith(
        "Liked by 2 of the people"
    )


def test_finds_nothing_without_peers_or_without_a_taste(request_for):
    assert len(UserKnn(None)(request_for(2)).item_index) == 0
    nobody = UserNeighbours(np.array([1]), np.ones((1, 2), dtype=np.float32), (np.arange(3),))
    assert len(UserKnn(nobody)(request_for(777)).item_index) == 0
