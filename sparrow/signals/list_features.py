"""What a ranker sees of the signals: values relative to the list's own candidates."""

from __future__ import annotations

import numpy as np

LIMIT = 6.0
"""Standard deviations beyond which a value is taken for this far out."""


def list_features(raw: np.ndarray) -> np.ndarray:
    """(2 signals, n) float32: each signal standardised over the candidates, then its rank.

    `raw` (signals, n) float32, NaN where unknown. A rank is 0 in the middle of the list and 1 at
    its head, and falls with the logarithm of the place. Unknown values, and signals that are the
    same for all candidates, are 0 in both.
    """
    signals, size = raw.shape
    features = np.zeros((2 * signals, size), dtype=np.float32)
    known = ~np.isnan(raw)
    count = np.maximum(np.count_nonzero(known, axis=1), 1)
    filled = np.where(known, raw, np.float32(0))
    mean = filled.sum(axis=1, dtype=np.float64) / count
    centred = (filled - mean[:, None]) * known
    deviation = np.sqrt(np.einsum("sn,sn->s", centred, centred) / count)
    differ = np.flatnonzero(deviation > 1e-6 * np.maximum(np.abs(mean), 1.0))
    if len(differ):
        standard = centred[differ] / deviation[differ, None]
        features[differ] = np.clip(standard, -LIMIT, LIMIT)
        ranks = _log_ranks(np.where(known[differ], -raw[differ], np.float32(np.inf)))
        features[signals + differ] = ranks * known[differ]
    return features


def _log_ranks(values: np.ndarray) -> np.ndarray:
    """(signals, n): 1 - log2(place) / log2(middle) of each value; ties share their mean place.

    `values` (signals, n) float32, the best the smallest.
    """
    signals, size = values.shape
    offset = np.arange(0, signals * size, size)
    keys = _sort_keys(values)
    keys.sort(axis=1)
    flat = ((keys & _INDEX) + offset[:, None]).ravel()
    begins = np.ones(values.shape, dtype=bool)  # of a run of equal values
    value = keys >> _BITS
    np.not_equal(value[:, 1:], value[:, :-1], out=begins[:, 1:])
    edges = np.flatnonzero(begins)
    lengths = np.diff(edges, append=signals * size)
    before = edges - np.repeat(offset, np.count_nonzero(begins, axis=1))
    # by twice the mean place of a run, which is whole: by 2, 3, … 2 n
    by_place = 1.0 - np.log2(np.arange(2, 2 * size + 1) / 2) / np.log2(1 + size / 2)
    runs = by_place.astype(np.float32).take(2 * before + lengths - 1)
    found = np.empty(signals * size, dtype=np.float32)
    found[flat] = np.repeat(runs, lengths)
    return found.reshape(values.shape)


_BITS = 24  # of a place in a list, the lower bits of a sort key
_INDEX = (1 << _BITS) - 1


def _sort_keys(values: np.ndarray) -> np.ndarray:
    """Whole numbers (signals, n) that ascend as `values` do, and with the place among equal ones.

    Sorting them is several times faster than finding the order of floats. The bits of a float,
    those of a negative one turned around, ascend with it.
    """
    bits = (values + np.float32(0)).view(np.int32)  # no -0.0, which would be another value than 0.0
    keys: np.ndarray = (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64)
    keys <<= _BITS
    keys |= np.arange(values.shape[1])
    return keys
