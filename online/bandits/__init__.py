"""Explore and exploit: what learns which movie to show by showing it."""
