"""Content vectors, and the mapping of cold movies to collaborative vectors."""
