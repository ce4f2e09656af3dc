"""Rerankers that diversify a list over genres and content."""
