"""Bring the message catalogues up to date: `python tools/messages.py`.

Messages come from the templates, and from the words that views hand to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from webui.pages.admin.admin_request import PAGES
from webui.posters.scenes.scene_by_genre import SCENES
from webui.session import flash
from webui.views.admin.experiments_view import METRICS
from webui.views.lists import browse_view, home_view, list_controls, movie_list_view
from webui.views.movies import movie_view
from webui.views.shared import explanation, model_names, page_frame, reason_text
from webui.views.site import error_details, problem_view
from webui.views.users import profile_view

WEBUI = Path(__file__).parent.parent / "webui"
TITLES = (
    "Top picks for you",
    "%(genre)s for you",
    "Because you rated %(movie)s",
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
    for table in (
        home_view.CHARTS,
        movie_list_view.CHART_NOTES,
        browse_view.SORTS,
        profile_view.SORTS,
        movie_view.KINDS,
    ):
        yield from table.values()
    yield from (*flash.MESSAGES.values(), *explanation.SOURCE_LABELS.values())
    yield from (f"{name}: %(genre)s" for name in home_view.CHARTS.values())
    for pair in (*problem_view.WORDS.values(), problem_view.OTHER):
        yield from pair
    for slider in list_controls.NO_CONTROLS.sliders:
        yield from (slider.low, slider.high)
    yield page_frame.NOTICE
    yield from (*error_details.DETAILS.values(), *error_details.OWN)
    yield from PAGES.values()
    yield from (label for label, _kind in METRICS.values())
    yield from model_names.NAMES.values()
    yield from reason_text.SENTENCES
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
