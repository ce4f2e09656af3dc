"""Reasons for the movies of a page, from the ranker's components."""
