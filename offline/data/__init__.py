"""Data sets: fetched, read in every MovieLens layout, cleaned, written as canonical tables."""
