"""Slates: the stored lists of a visit, and the cache of their pages."""
