"""Bring the message catalogues up to date: `python tools/messages.py`.

Messages come from the templates, and from the words that views hand to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from webui.pages.admin.access import PAGES
from webui.posters.motifs import SCENES
from webui.views import (
    actions,
    browse,
    details,
    film,
    home,
    lists,
    problem,
    profile,
    rankers,
    reasons,
    shell,
    tuning,
    why,
)
from webui.views.admin.experiments import METRICS

WEBUI = Path(__file__).parent.parent / "webui"
TITLES = (
    "Top picks for you",
    "%(genre)s for you",
    "Because you rated %(film)s",
    "On your watchlist",
    "New for you",
    "Browse",
    "All",
    "without %(genre)s",
    "any of these genres",
    "any year",
    "any average",
    "any number of ratings",
    "with films you have rated",
)


def messages() -> Catalog:
    """Every message of the pages, untranslated."""
    catalogue = Catalog(project="Sparrow")
    found = extract_from_dir(
        str(WEBUI / "templates"),
        method_map=[("**.html", "jinja2.ext:babel_extract")],
        keywords={"_": None, "ngettext": (1, 2)},
    )
    for _file, _line, message, _comments, _context in found:
        catalogue.add(message)
    for word in words():
        catalogue.add(word)
    return catalogue


def words() -> Iterator[str]:
    """What templates translate by its value."""
    yield from TITLES
    for table in (home.CHARTS, lists.CHART_NOTES, browse.SORTS, profile.SORTS, film.KINDS):
        yield from table.values()
    yield from (*actions.MESSAGES.values(), *why.SOURCES.values())
    yield from (f"{name}: %(genre)s" for name in home.CHARTS.values())
    for pair in (*problem.WORDS.values(), problem.OTHER):
        yield from pair
    for slider in tuning.NEUTRAL.sliders:
        yield from (slider.low, slider.high)
    yield shell.NOTICE
    yield from (*details.DETAILS.values(), *details.OWN)
    yield from PAGES.values()
    yield from (label for label, _kind in METRICS.values())
    yield from rankers.NAMES.values()
    yield from reasons.SENTENCES
    yield from SCENES


def main() -> None:
    """Add what is new to each catalogue, and drop what is gone."""
    for file in sorted((WEBUI / "locale").glob("*.po")):
        catalogue = read_po(file.open("rb"), locale=file.stem)
        catalogue.update(messages(), no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with file.open("wb") as target:
            write_po(target, catalogue, width=100, sort_output=True, omit_header=False)


if __name__ == "__main__":
    main()
