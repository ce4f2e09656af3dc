"""Signals relative to the candidates of their list."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from sparrow.signals.list_features import LIMIT, list_features


def ranks(values: np.ndarray) -> np.ndarray:
    """The ranks of values without NaN by SciPy's places: best first, ties share the mean place."""
    place = stats.rankdata(-values)
    return 1 - np.log2(place) / np.log2(1 + len(values) / 2)


def test_values_are_standardised_and_ranked() -> None:
    raw = np.array([[1.0, 2.0, 3.0, 2.0], [-5.0, 0.0, 10.0, 100.0]], dtype=np.float32)
    found = list_features(raw)
    assert found.dtype == np.float32
    for row, values in enumerate(raw):
        np.testing.assert_allclose(found[row], stats.zscore(values), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(found[2 + row], ranks(values), rtol=1e-5, atol=1e-6)
    assert found[2].tolist() == pytest.approx([1 - 2 / np.log2(3), 1 - np.log2(2.5) / np.log2(3),
                                               1.0, 1 - np.log2(2.5) / np.log2(3)])  # fmt: skip


def test_the_unknown_is_zero_and_counts_for_no_ones_mean_but_fills_a_place() -> None:
    raw = np.array([[4.0, np.nan, 2.0, 6.0, np.nan]], dtype=np.float32)
    value, rank = list_features(raw)
    known = [0, 2, 3]
    np.testing.assert_allclose(value[known], stats.zscore(raw[0, known]), rtol=1e-5, atol=1e-6)
    expected = 1 - np.log2([2.0, 3.0, 1.0]) / np.log2(1 + 5 / 2)
    np.testing.assert_allclose(rank[known], expected, rtol=1e-5)
    assert not value[[1, 4]].any()
    assert not rank[[1, 4]].any()


def test_constants_and_what_nobody_knows_are_zero() -> None:
    same = np.full((3, 5), np.nan, dtype=np.float32)
    same[0], same[1, 2] = 1990.1, 7.0
    assert not list_features(same).any()
    assert not list_features(np.array([[3.0]], dtype=np.float32)).any()


def test_a_list_without_candidates() -> None:
    assert list_features(np.zeros((3, 0), dtype=np.float32)).shape == (6, 0)


def test_an_outlier_is_cut_and_the_middle_of_a_list_has_rank_zero() -> None:
    raw = np.append(np.zeros(99), 1e6)[None].astype(np.float32)
    assert list_features(raw)[0, -1] == LIMIT
    rank = list_features(np.arange(9, 0, -1, dtype=np.float32)[None])[1]
    assert rank[0] == 1.0
    assert rank[4] > 0 > rank[5]  # the middle is place 1 + 9 / 2
    assert (np.diff(rank) < 0).all()


values = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.integers(1, 25)),
    elements=st.one_of(
        st.just(float("nan")),
        st.integers(-3, 3).map(float),
        st.floats(-1e4, 1e4, width=32, allow_nan=False),
    ),
)


@given(raw=values)
def test_ranks_are_those_of_scipy(raw: np.ndarray) -> None:
    signals, size = raw.shape
    found = list_features(raw)[signals:]
    for row, rank in zip(raw, found, strict=True):
        known = ~np.isnan(row)
        if known.any() and np.ptp(row[known]) > 0.1:  # else rounding decides what is constant
            place = stats.rankdata(-row[known])
            expected = 1 - np.log2(place) / np.log2(1 + size / 2)
            np.testing.assert_allclose(rank[known], expected, rtol=1e-5, atol=1e-6)
        assert not rank[~known].any()


@given(raw=values, random=st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_changes_nothing(raw: np.ndarray, random: object) -> None:
    order = list(range(raw.shape[1]))
    random.shuffle(order)
    found = list_features(raw)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(list_features(raw[:, order]), found[:, order], rtol=1e-3, atol=1e-4)


whole = arrays.arrays(np.int32, st.tuples(st.integers(1, 4), st.integers(1, 25)),
                      elements=st.integers(-50, 50))  # fmt: skip


@given(raw=whole, factor=st.integers(1, 1000), offset=st.integers(-1000, 1000))
def test_scale_and_offset_of_a_signal_do_not_matter(
    raw: np.ndarray, factor: int, offset: int
) -> None:
    moved = (raw * factor + offset).astype(np.float32)
    found = list_features(raw.astype(np.float32))
    np.testing.assert_allclose(list_features(moved), found, rtol=1e-3, atol=1e-3)
