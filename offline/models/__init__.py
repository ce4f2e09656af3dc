"""Ranking models: one shared input block, and per model the little that makes it different."""

from sparrow.system.tensorflow_import import quiet_tensorflow

with quiet_tensorflow():
    import tensorflow

__all__ = ["tensorflow"]
