"""Trending: what is rated most at the moment."""

from __future__ import annotations

from dataclasses import dataclass

from online.flow import Found, Request


@dataclass(frozen=True)
class Trending:
    """Recalls the movies with most ratings in the last 30 days."""

    size: int = 100
    name: str = "trending"

    def __call__(self, request: Request) -> Found:
        """The movies of the query's scope rated most lately, that the viewer has not rated."""
        return Found(request.top("trending", self.size))

    def reason(self, request: Request, cause: int) -> str:
        """The same for everybody."""
        return "Watched a lot these days"
