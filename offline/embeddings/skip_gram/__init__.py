"""Embeddings for recall: one file each, and a registry of their names."""
