"""Evaluation tasks: what a recommender may see, and what it should predict."""
