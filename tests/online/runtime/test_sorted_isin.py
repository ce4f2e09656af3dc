"""Membership is what NumPy says it is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from online.runtime.sorted_isin import is_among

POSITIONS = st.lists(st.integers(0, 20), max_size=30).map(lambda p: np.array(p, dtype=np.int64))


@given(POSITIONS, POSITIONS)
def test_it_is_what_isin_says(positions, few):
    np.testing.assert_array_equal(is_among(positions, few), np.isin(positions, few))
