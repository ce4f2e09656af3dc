"""Item vectors and item-item weights: embeddings on disk, nearest-neighbour indexes."""
