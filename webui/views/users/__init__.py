"""Views of a user's profile and ratings."""
