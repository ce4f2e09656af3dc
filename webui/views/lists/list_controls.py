"""How a user wants the Top picks: more or less popular, alike and new."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from online.types import Query


@dataclass(frozen=True)
class Slider:
    """One control and the words at its ends."""

    name: str  # of a field of ListControls
    low: str
    high: str
    least: float  # the highest is 1, and 0 changes nothing
    value: float


@dataclass(frozen=True)
class ListControls:
    """Where the sliders stand; 0 changes nothing."""

    popularity: float = 0.0  # −1 … 1
    diversity: float = 0.0  # 0 … 1
    freshness: float = 0.0  # 0 … 1

    @property
    def sliders(self) -> tuple[Slider, ...]:
        """The controls as they stand."""
        return (
            Slider("popularity", "Hidden gems", "Popular", -1, self.popularity),
            Slider("diversity", "More of the same", "More variety", 0, self.diversity),
            Slider("freshness", "Any year", "Recent", 0, self.freshness),
        )

    def parameters(self) -> dict[str, object]:
        """Parameters of an address; those that change nothing are None."""
        return {name: value or None for name, value in asdict(self).items()}

    def of(self, query: Query) -> Query:
        """The query, tuned."""
        return replace(query, **asdict(self))


NO_CONTROLS = ListControls()
"""Sliders that change nothing."""
