"""Ranking models: one shared input block, and per model the little that makes it different."""

from sparrow.quiet_tensorflow import quiet_tensorflow

with quiet_tensorflow():
    import tensorflow

__all__ = ["tensorflow"]
