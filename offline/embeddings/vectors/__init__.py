"""Vectors saved with their nearest-neighbour index."""
