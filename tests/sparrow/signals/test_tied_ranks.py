"""Values and ranks of signals within one list."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sparrow.signals.list_features import LIMIT, list_features

VALUES = st.one_of(
    st.floats(-100, 100, width=32), st.sampled_from([0.0, -0.0, 1.0, np.nan, -np.nan, 2000.0])
)


def by_hand(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two features of one signal, a candidate at a time."""
    known = ~np.isnan(values)
    standard, ranks = np.zeros(len(values)), np.zeros(len(values))
    seen = values[known].astype(np.float64)
    if not len(seen) or seen.std() <= 1e-6 * max(abs(seen.mean()), 1.0):
        return standard, ranks
    for place in np.flatnonzero(known):
        standard[place] = np.clip((values[place] - seen.mean()) / seen.std(), -LIMIT, LIMIT)
        better, same = (seen > values[place]).sum(), (seen == values[place]).sum()
        mean_place = better + (same + 1) / 2
        ranks[place] = 1 - np.log2(mean_place) / np.log2(1 + len(values) / 2)
    return standard, ranks


@given(arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(1, 30)), elements=VALUES))
def test_each_signal_is_standardised_and_ranked(raw):
    found = list_features(raw)
    assert (found.shape, found.dtype) == ((2 * len(raw), raw.shape[1]), np.float32)
    for row, values in enumerate(raw):
        standard, ranks = by_hand(values)
        np.testing.assert_allclose(found[row], standard, atol=2e-3)
        np.testing.assert_allclose(found[len(raw) + row], ranks, atol=1e-5)


def test_the_head_has_rank_one_and_the_middle_none():
    values = np.arange(100, dtype=np.float32)[None]
    ranks = list_features(values)[1]
    assert ranks[-1] == 1
    assert ranks[49] == pytest.approx(0, abs=0.02)
    assert ranks[0] < 0


def test_a_list_of_nothing_has_no_features():
    assert list_features(np.empty((3, 0), dtype=np.float32)).shape == (6, 0)
