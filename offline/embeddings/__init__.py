"""Training of vectors for movies and users, and the steps that keep them.

Not here: what reads the vectors to score a candidate (`sparrow.signals`).
"""
