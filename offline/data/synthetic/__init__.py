"""Synthetic data sets: larger ones grown from a real one."""
