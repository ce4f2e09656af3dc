"""Recall channels: where candidates come from, one file each."""
