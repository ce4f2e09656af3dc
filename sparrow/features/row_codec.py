"""Rows as bytes in Redis: a feature row is its structured NumPy record behind a fingerprint."""

from __future__ import annotations

import numpy as np

from sparrow.errors import FingerprintError
from sparrow.features.declarations import Entity, FeatureSet

HISTORY = np.dtype([("movie_id", "<i8"), ("timestamp", "<i8"), ("rating", "<f4")])
"""One rating of a user's history: 20 bytes."""


class RowCodec:
    """Feature rows of one entity to bytes and back; refuses bytes of another feature set."""

    def __init__(self, features: FeatureSet, entity: Entity) -> None:
        self.dtype = features.row_dtype(entity)
        self._fingerprint = bytes.fromhex(features.fingerprint)

    def encode(self, row: np.void) -> bytes:
        """8 bytes of fingerprint, then the record."""
        return self._fingerprint + row.tobytes()

    def decode(self, data: bytes) -> np.void:
        """The record of `encode`.

        Raises FingerprintError when the bytes were made with other features.
        """
        size = len(self._fingerprint)
        if data[:size] != self._fingerprint or len(data) != size + self.dtype.itemsize:
            raise FingerprintError(
                f"Expected a row of feature set {self._fingerprint.hex()}, got one of "
                f"{data[:size].hex()}: publish a release made by this version of Sparrow."
            )
        record: np.void = np.frombuffer(data, self.dtype, count=1, offset=size)[0]
        return record


def encode_history(movie_id: np.ndarray, timestamp: np.ndarray, rating: np.ndarray) -> bytes:
    """A user's ratings, oldest first, as packed `HISTORY` records."""
    records = np.empty(len(movie_id), dtype=HISTORY)
    records["movie_id"], records["timestamp"], records["rating"] = movie_id, timestamp, rating
    return records.tobytes()


def decode_history(data: bytes) -> np.ndarray:
    """The `HISTORY` records of `encode_history`."""
    return np.frombuffer(data, HISTORY)


def encode_vector(vector: np.ndarray) -> bytes:
    """An embedding as little-endian float32."""
    return vector.astype("<f4").tobytes()


def decode_vector(data: bytes) -> np.ndarray:
    """The float32 vector of `encode_vector`."""
    return np.frombuffer(data, "<f4")
