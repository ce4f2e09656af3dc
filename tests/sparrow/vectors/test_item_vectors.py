import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sparrow.arrays import top_k
from sparrow.vectors.embedding import Embedding
from sparrow.vectors.item_vectors import ItemVectors

SCORES = hnp.arrays(
    np.float64, st.integers(0, 40), elements=st.sampled_from([0.0, 1.0, 2.5, -np.inf, np.nan])
)


@given(SCORES, st.integers(0, 50))
def test_best_is_the_start_of_a_stable_sort(scores, count):
    clean = np.where(np.isnan(scores), -np.inf, scores)
    expected = [p for p in np.argsort(-clean, kind="stable") if clean[p] > -np.inf][:count]
    assert top_k(scores, count).tolist() == expected


def test_rows_follow_the_catalogue_and_what_is_unknown_is_zero():
    vectors = ItemVectors.aligned(
        Embedding(np.array([3, 5, 9]), np.array([[3.0, 0], [5, 0], [9, 0]])), np.array([5, 7, 9])
    )
    assert vectors.matrix[:, 0].tolist() == [5, 0, 9]
    assert vectors.known.tolist() == [True, False, True]
    assert vectors.dot(np.array([2.0, 1])).tolist() == [10, -np.inf, 18]


def test_neighbours_are_by_angle_without_the_movie_itself():
    angles = np.radians([0, 80, 10, 30, 180])
    matrix = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32) * 9
    vectors = ItemVectors(matrix.astype(np.float32), np.ones(5, dtype=bool))
    found, cosine = vectors.neighbours(0, 3)
    assert found.tolist() == [2, 3, 1]
    np.testing.assert_allclose(cosine, np.cos(angles[[2, 3, 1]]), atol=1e-6)
    assert vectors.neighbours(0, 1)[0].tolist() == [2]
    assert vectors.neighbours(0, 1000)[0].tolist() == [2, 3, 1, 4]


def test_lengths_are_measured_when_loading_and_not_again():
    vectors = ItemVectors(np.array([[3, 4], [0, 2]], dtype=np.float32), np.ones(2, dtype=bool))
    assert vectors.lengths.tolist() == [5, 2]
    np.testing.assert_allclose(vectors.cosine(np.array([0.0, 9])), [0.8, 1])
    vectors.lengths[:] = [10, 4]
    np.testing.assert_allclose(vectors.cosine(np.array([0.0, 9])), [0.4, 0.5])


def test_a_movie_without_a_vector_has_no_neighbours():
    vectors = ItemVectors(np.zeros((3, 2), dtype=np.float32), np.zeros(3, dtype=bool))
    assert vectors.neighbours(1, 5)[0].tolist() == []
