"""Keras blocks that several models share: inputs, interactions, histories."""
