"""What the five endpoints of SparrowRecSys answer, for the OpenAPI description."""
# ruff: noqa: N815 - the original's field names

from __future__ import annotations

from pydantic import BaseModel


class LegacyScore(BaseModel):
    """A rating."""

    movieId: int
    userId: int
    score: float
    timestamp: int


class LegacyRating(BaseModel):
    """A rating in the envelope that the original gave it."""

    rating: LegacyScore


class LegacyMovie(BaseModel):
    """A movie; year and mean are 0 where unknown."""

    movieId: int
    title: str
    releaseYear: int
    imdbId: str | None
    tmdbId: str | None
    genres: list[str]
    ratingNumber: int
    averageRating: float
    topRatings: list[LegacyRating]


class LegacyUser(BaseModel):
    """A user with all ratings."""

    userId: int
    averageRating: float
    highestRating: float
    lowestRating: float
    ratingCount: int
    ratings: list[LegacyRating]
