"""The reasons of lists, in Chinese."""

import re

import pytest

from online.reason import SENTENCES, Reason
from webui.formatting.translations import translations
from webui.views.shared.reason_text import translate_reason

CHINESE = translations("zh").gettext
VALUES = {
    "movie": "Alien, which (1979)",
    "stars": "4.5",
    "genre": "Drama",
    "year": "1998",
    "count": "3",
    "text": "Our <b>choice</b> at 100 %",
}


def reason(kind) -> Reason:
    """A reason of a kind with what its sentence names."""
    named = re.findall(r"%\((\w+)\)s", SENTENCES[kind])
    return Reason(kind, {name: VALUES[name] for name in named})


@pytest.mark.parametrize("kind", sorted(SENTENCES.keys() - {"own_words"}))
def test_each_sentence_has_its_own_translation(kind) -> None:
    made = reason(kind)
    said = translate_reason(made, CHINESE)
    values = dict(made.values)
    if "genre" in values:
        assert CHINESE("Drama") != "Drama"
        values["genre"] = CHINESE("Drama")
    assert said == CHINESE(SENTENCES[kind]) % values
    assert CHINESE(SENTENCES[kind]) != SENTENCES[kind]
    assert all(value in said for value in values.values())
    assert (
        translate_reason(made, lambda message: message)
        == made.text
        == SENTENCES[kind] % made.values
    )


def test_a_rules_own_words_stay() -> None:
    assert translate_reason(reason("own_words"), CHINESE) == VALUES["text"]
