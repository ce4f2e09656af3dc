"""What counts as a cold movie, wherever it matters: recall, lists, the figures of lists."""

COLD = 5
"""A movie with fewer ratings is cold: too few looked at it for a vector of its own."""

CONTENT = "content"
"""Embedding of what is written on the box; every movie of the catalogue has a vector there."""

TWO_TOWER = "two_tower"
"""Embedding of the two towers' movies; users' vectors are computed from their histories."""

_MAPPED = "_cold"


def mapped(space: str) -> str:
    """Embedding of the cold movies' places in another one, foretold from their content."""
    return f"{space}{_MAPPED}"


def has_stored_viewers(embedding: str) -> bool:
    """Whether a release holds the viewers' vectors; those of the two towers are computed."""
    return has_viewers(embedding) and embedding != TWO_TOWER


def has_viewers(embedding: str) -> bool:
    """Whether viewers have vectors there as well as movies."""
    return embedding != CONTENT and not embedding.endswith(_MAPPED)
