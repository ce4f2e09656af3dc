"""The movie page, and actions on movies."""
