"""Baselines of ratings and lists, with their parameter search."""
