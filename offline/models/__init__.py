"""Ranking models: one shared input block, and per model the little that makes it different."""

import os

# TensorFlow reads this when it is first imported; without it, it greets on standard error.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
