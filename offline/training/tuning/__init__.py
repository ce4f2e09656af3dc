"""Hyper-parameter search."""

import offline.models  # noqa: F401
