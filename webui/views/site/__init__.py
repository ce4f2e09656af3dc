"""Views of problems and of the API reference."""
