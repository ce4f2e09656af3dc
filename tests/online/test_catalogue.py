"""What the catalogue has ready before the first request."""

import numpy as np
import pytest
import worlds

from online.similar import content_likeness

pytestmark = pytest.mark.redis


def mapped(array: np.ndarray | None) -> bool:
    """Whether an array is a view of a file."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return False


def test_movie_features_are_mapped_not_read(serving):
    features = serving.catalogue.features
    assert {name for name, array in features.items() if not mapped(array)} == set()
    assert features["movie_id"].tolist() == worlds.MOVIES.tolist()


def test_genres_are_unit_vectors_for_the_cosine(serving):
    catalogue = serving.catalogue
    np.testing.assert_allclose((catalogue.genre_units**2).sum(axis=1), 1)
    np.testing.assert_array_equal(catalogue.genre_units > 0, catalogue.genres)
    # movie 4 is a comedy and a drama, movie 6 a comedy, movie 5 a film-noir
    likeness = content_likeness(catalogue, 3)
    apart = 0.25 * np.exp(-1 / 10)
    assert likeness[5] == pytest.approx(0.5**0.5 + apart, abs=1e-4)
    assert likeness[4] == pytest.approx(0.25, abs=1e-4)
