from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sparrow.errors import FingerprintError
from sparrow.features.declarations import Entity, FeatureSet, build_feature_set
from sparrow.features.preprocessing import NormStats, Preprocessing
from sparrow.features.row_codec import (
    RowCodec,
    decode_history,
    decode_vector,
    encode_history,
    encode_vector,
)

FEATURES = build_feature_set(("Action", "Drama"))


@pytest.mark.parametrize("entity", list(Entity))
@given(data=st.data())
def test_a_row_survives(entity: Entity, data: st.DataObject) -> None:
    dtype = FEATURES.row_dtype(entity)
    row = np.frombuffer(
        data.draw(st.binary(min_size=dtype.itemsize, max_size=dtype.itemsize)), dtype
    )
    codec = RowCodec(FEATURES, entity)
    assert codec.decode(codec.encode(row[0])).tobytes() == row.tobytes()


def test_bytes_of_other_features_are_refused_in_words() -> None:
    other = RowCodec(build_feature_set(("Action", "Western")), Entity.USER)
    data = other.encode(FEATURES.empty_rows(Entity.USER, 1)[0])
    with pytest.raises(FingerprintError, match=FEATURES.fingerprint):
        RowCodec(FEATURES, Entity.USER).decode(data)
    with pytest.raises(FingerprintError):
        RowCodec(FEATURES, Entity.USER).decode(b"short")


@given(
    hnp.arrays(np.int64, 5),
    hnp.arrays(np.int64, 5),
    hnp.arrays(np.float32, 5, elements=st.floats(0.5, 5, width=32)),
)
def test_a_history_survives(movie: np.ndarray, time: np.ndarray, rating: np.ndarray) -> None:
    records = decode_history(encode_history(movie, time, rating))
    np.testing.assert_array_equal(records["movie_id"], movie)
    np.testing.assert_array_equal(records["timestamp"], time)
    np.testing.assert_array_equal(records["rating"], rating)


def test_a_vector_survives() -> None:
    vector = np.array([0.25, -3.0, 1e-7], dtype=np.float32)
    np.testing.assert_array_equal(decode_vector(encode_vector(vector)), vector)


def test_feature_set_and_encoding_survive_json() -> None:
    assert FeatureSet.from_json(FEATURES.to_json()) == FEATURES
    encoding = Preprocessing({"movies": np.array([1, 2**62])}, {"user_age": NormStats(33.5, 7.25)})
    again = Preprocessing.from_json(encoding.to_json())
    np.testing.assert_array_equal(again.vocabularies["movies"], encoding.vocabularies["movies"])
    assert again.norm_stats == encoding.norm_stats


def test_the_fingerprint_knows_every_part_of_a_declaration() -> None:
    assert (
        build_feature_set(("Action",), 3.5).fingerprint
        != build_feature_set(("Action",), 4.0).fingerprint
    )
    assert build_feature_set(("Action",)).fingerprint != build_feature_set(("Drama",)).fingerprint
