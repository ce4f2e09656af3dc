"""The Jinja2 environment: autoescaping, strict about names, and the words for numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlencode

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from webui.assets import Assets
from webui.translations import translations
from webui.views.details import detail_in
from webui.views.posters import drawn_url, real_url
from webui.views.rankers import ranker
from webui.views.reasons import in_language

TEMPLATES = Path(__file__).parent / "templates"


def environment(assets: Assets, language: str, *, real_posters: bool) -> Environment:
    """Templates of the package in a language; values are escaped, a missing one is an error.

    `real_posters`: films have TMDB's posters.
    """
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.add_extension("jinja2.ext.i18n")
    known = translations(language)
    env.install_gettext_translations(known, newstyle=True)  # type: ignore[attr-defined]
    # looked up as it is: names from data may hold what a message must not
    env.filters["word"] = known.gettext
    env.filters["reason"] = lambda reason: in_language(reason, known.gettext)
    env.filters["detail"] = lambda text: detail_in(text, known.gettext)
    env.filters["ranker"] = lambda name: known.gettext(ranker(name))
    env.globals.update(asset=assets.url, language=language, real_posters=real_posters)
    env.filters.update(
        poster=real_url if real_posters else drawn_url,
        mean=mean,
        thousands=thousands,
        duration=duration,
        day=partial(day, language=language),
        percent=percent,
        segment=segment,
        figure=figure,
        age=age,
        moment=moment,
    )
    return env


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
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def moment(timestamp: float) -> str:
    """A minute in UTC: 1998-03-04 15:30."""
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d %H:%M}"


def segment(text: str) -> str:
    """Text as one part of a URL's path."""
    return quote(text, safe="")


def query(parameters: dict[str, object]) -> str:
    """`?…` of a URL; parameters that are None are left out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"?{urlencode(given, doseq=True)}" if given else ""
