"""Evaluation: how well an exported model ranks and how honest its probabilities are."""
