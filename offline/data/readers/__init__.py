"""Readers of foreign files: layouts, rows, checks."""
