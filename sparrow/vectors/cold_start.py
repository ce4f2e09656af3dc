"""What counts as a cold movie, wherever it matters: recall, lists, the figures of lists."""

COLD_START_THRESHOLD = 5
"""A movie with fewer ratings is cold: too few looked at it for a vector of its own."""

CONTENT_EMBEDDING = "content"
"""Embedding of what is written on the box; every movie of the catalogue has a vector there."""

TWO_TOWER = "two_tower"
"""Embedding of the two towers' movies; users' vectors are computed from their histories."""

_MAPPED_SUFFIX = "_cold"


def mapped_embedding(space: str) -> str:
    """Embedding of the cold movies' places in another one, foretold from their content."""
    return f"{space}{_MAPPED_SUFFIX}"


def has_stored_user_vectors(embedding: str) -> bool:
    """Whether a release holds the users' vectors; those of the two towers are computed."""
    return has_user_vectors(embedding) and embedding != TWO_TOWER


def has_user_vectors(embedding: str) -> bool:
    """Whether users have vectors there as well as movies."""
    return embedding != CONTENT_EMBEDDING and not embedding.endswith(_MAPPED_SUFFIX)
