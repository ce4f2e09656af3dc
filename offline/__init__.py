"""The offline house: import, features, samples, embeddings, statistics, models, publishing."""
