"""The canonical tables of a data set, and movie titles."""
