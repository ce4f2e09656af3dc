"""Membership is what NumPy says it is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from online.runtime.sorted_isin import isin_sorted

POSITIONS = st.lists(st.integers(0, 20), max_size=30).map(lambda p: np.array(p, dtype=np.int64))


@given(POSITIONS, POSITIONS)
def test_it_is_what_isin_says(item_index, few):
    np.testing.assert_array_equal(isin_sorted(item_index, few), np.isin(item_index, few))
