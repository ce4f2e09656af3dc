"""Training lists of the ranker: queries of the past, candidates, signals, labels."""
