"""Views of the newcomers' questions."""
