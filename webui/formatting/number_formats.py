"""Numbers, dates and durations as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

from babel.dates import format_date

from sparrow.units import DAY, HOUR, MINUTE


def mean(stars: float) -> str:
    """A mean of ratings: 3.9."""
    return f"{stars:.1f}"


def thousands(count: int) -> str:
    """A count with separators: 9,742."""
    return f"{count:,}"


def duration(milliseconds: float) -> str:
    """A time taken: 12 ms."""
    return f"{milliseconds:.0f} ms" if milliseconds >= 1 else "<1 ms"


def percent(share: float) -> str:
    """A share of one: 24%, and <1% rather than none."""
    return "<1%" if 0 < share < 0.01 else f"{share:.0%}"


def day(timestamp: int, language: str = "en") -> str:
    """A day in UTC: 4 Mar 1998, or as the language writes it."""
    date = datetime.fromtimestamp(timestamp, UTC).date()
    return format_date(date, "d MMM y" if language == "en" else "medium", locale=language)


def figure(value: float, kind: str) -> str:
    """A number of a `kind`: a rate 3.20%, a whole count 1,204, or as it is with three digits."""
    if kind == "rate":
        return f"{value:.2%}"
    return f"{value:,.0f}" if kind == "count" else f"{value:.3g}"


def age(seconds: float) -> str:
    """How long ago: 12 s, 5 min, 3 h, 2 d."""
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def moment(timestamp: float) -> str:
    """A minute in UTC: 1998-03-04 15:30."""
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M}"
