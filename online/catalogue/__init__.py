"""The movies of a release: queries, charts, similar movies, duplicates."""
