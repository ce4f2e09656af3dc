"""Why each movie of a page is there, worked out from the ranker's components."""
