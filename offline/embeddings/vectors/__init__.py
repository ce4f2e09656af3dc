"""ItemVectors saved with their nearest-neighbour index."""
