"""What whoever looks at a page said of films."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from online.engine.service import Service


@dataclass(frozen=True)
class UserMarks:
    """The user's word on films, by their ids; empty for nobody."""

    ratings: Mapping[int, float] = field(default_factory=dict)  # stars
    watchlist: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()  # of no interest
    duplicates: frozenset[int] = frozenset()  # other ids of what was rated or is hidden

    def is_finished(self, movie_id: int) -> bool:
        """Whether a list of what to watch next goes without the film."""
        return any(movie_id in ids for ids in (self.ratings, self.hidden, self.duplicates))


async def load_user_marks(service: Service, user_id: int | None) -> UserMarks:
    """What a user said; raises DependencyError while it cannot be read."""
    if user_id is None:
        return UserMarks()
    marks = await service.marks(user_id)
    seen = await service.seen(user_id)
    return UserMarks(seen, marks.watchlist, marks.hidden, marks.duplicates)
