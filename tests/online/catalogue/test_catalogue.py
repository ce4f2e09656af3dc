"""What the catalogue has ready before the first request."""

from dataclasses import replace

import numpy as np
import pytest
import release_world

from online.catalogue.similar_movies import content_similarity

pytestmark = pytest.mark.redis


def mapped_embedding(array: np.ndarray | None) -> bool:
    """Whether an array is a view of a file."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return False


def test_movie_features_are_mapped_not_read(serving):
    features = serving.catalogue.features
    assert {name for name, array in features.items() if not mapped_embedding(array)} == set()
    assert features["movie_id"].tolist() == release_world.MOVIES.tolist()


def test_genres_are_unit_vectors_for_the_cosine(serving):
    catalogue = serving.catalogue
    np.testing.assert_allclose((catalogue.genre_units**2).sum(axis=1), 1)
    np.testing.assert_array_equal(catalogue.genre_units > 0, catalogue.genres)


@pytest.mark.parametrize("has_content", [True, False])
def test_content_likeness_is_the_cosine_of_content_or_of_genres(serving, has_content):
    catalogue = serving.catalogue
    vectors = catalogue.vectors if has_content else {}
    likeness = content_similarity(replace(catalogue, vectors=vectors), 3)
    # movie 4 is a comedy and a drama, movie 6 a comedy, movie 5 a film-noir
    genres = 0.5**0.5
    expected = (genres + 0.25 * np.cos(np.pi / 80)) / 1.25 if has_content else genres
    assert likeness[5] == pytest.approx(expected, abs=1e-4)
    assert likeness[4] == pytest.approx(0.2 if has_content else 0, abs=1e-4)
