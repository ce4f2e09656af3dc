"""Interleaved lists of two rankers."""
