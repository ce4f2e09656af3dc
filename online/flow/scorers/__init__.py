"""Scorers of candidates, one per file."""
