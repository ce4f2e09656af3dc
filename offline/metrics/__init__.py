"""Metrics: classification, top-N, beyond accuracy, bootstrap intervals."""
