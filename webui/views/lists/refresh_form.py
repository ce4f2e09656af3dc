"""Show me others: which personal list a visitor has seen enough of, and how far they saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from online.types import Query
from webui.views.lists.list_controls import NO_CONTROLS, ListControls

MAX_SHOWN = 1000
"""Films of a list that a form may tell of."""


@dataclass(frozen=True)
class RefreshForm:
    """What a form tells that asks for other films."""

    shown: int  # films from the top of the list that were shown
    genre: str | None = None
    model: str | None = None
    list_controls: ListControls = NO_CONTROLS

    @property
    def fields(self) -> Mapping[str, object]:
        """The form's hidden fields, those that say something."""
        every = {
            "shown": min(self.shown, MAX_SHOWN),
            "genre": self.genre,
            "model": self.model,
            **self.list_controls.parameters(),
        }
        return {name: value for name, value in every.items() if value is not None}

    def query(self, user_id: int) -> Query:
        """Makes the list begin with other films; nothing counts as shown by it."""
        asked = Query(user_id, genre=self.genre, model=self.model, limit=self.shown)
        return replace(self.list_controls.of(asked), refresh=True, log_impression=False)
