"""Messages in other languages, from catalogues in gettext's own text format."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent.parent / "locale"


def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language, compiled in memory; English is what the templates say."""
    if language == "en":
        return gettext.NullTranslations()
    with (LOCALE / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
