"""The engine's reasons in the page's language."""

from __future__ import annotations

from collections.abc import Callable

from online import reason as engine

SENTENCES = tuple(text for kind, text in engine.SENTENCES.items() if kind != "own_words")
"""What is translated: a rule's own words stay as they were written."""


def translate_reason(reason: engine.Reason, gettext: Callable[[str], str]) -> str:
    """A reason translated; its movie stays as it is."""
    if reason.kind == "own_words":
        return reason.text
    values = dict(reason.values)
    if "genre" in values:
        values["genre"] = gettext(values["genre"])
    return gettext(engine.SENTENCES[reason.kind]) % values
