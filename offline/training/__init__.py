"""Training of ranking models: samples in, a SavedModel out."""
