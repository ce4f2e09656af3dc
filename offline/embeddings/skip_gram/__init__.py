"""Skip-gram embeddings over sequences: item2vec, DeepWalk, Node2vec."""
