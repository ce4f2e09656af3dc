"""The offline house: PySpark import, samples, features, embeddings, statistics; TensorFlow models."""
