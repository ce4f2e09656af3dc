"""Views of a movie and the actions on it."""
