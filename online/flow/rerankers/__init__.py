"""Rerankers of a scored list, one per file."""
