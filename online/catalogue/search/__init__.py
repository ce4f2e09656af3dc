"""Title search."""
