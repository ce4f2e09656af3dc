"""The reasons of every source, in Chinese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from webui.translations import translations
from webui.views.reasons import SENTENCES, in_language

SOURCES = Path(__file__).parents[2] / "online" / "sources"
CHINESE = translations("zh").gettext


def sentences() -> Iterator[str]:
    """What the sources return as reasons, with 7 for every value."""
    for file in sorted(SOURCES.glob("*.py")):
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.FunctionDef) and function.name == "reason":
                for line in ast.walk(function):
                    if isinstance(line, ast.Return) and line.value is not None:
                        yield from _texts(line.value)


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.IfExp):
        yield from (*_texts(value.body), *_texts(value.orelse))
    elif isinstance(value, ast.Constant):
        yield str(value.value)
    elif isinstance(value, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else _filled(p) for p in value.values]
        yield "".join(map(str, parts))


def _filled(part: ast.expr) -> str:
    return "" if "given" in ast.dump(part) else "7"


@pytest.mark.parametrize("sentence", sorted(set(sentences())))
def test_what_a_source_says_is_said_in_chinese(sentence: str) -> None:
    said = in_language(sentence, CHINESE)
    assert not re.search("[A-Za-z]", said)
    assert ("7" in sentence) == ("7" in said)


def test_the_sources_were_found() -> None:
    assert len(set(sentences())) >= 12


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_has_its_own_translation(sentence: str) -> None:
    words = {"film": "Alien, which (1979)", "stars": "4.5", "genre": "Drama", "year": "1998"}
    words["count"] = "3"
    said = in_language(sentence % words, CHINESE)
    named = set(re.findall(r"%\((\w+)\)s", sentence))
    assert said == CHINESE(sentence) % (words | {"genre": CHINESE("Drama")})
    for name in named - {"genre"}:
        assert words[name] in said
    assert in_language(sentence % words, lambda message: message) == sentence % words


def test_a_rules_own_words_stay() -> None:
    assert in_language("Our <b>choice</b> at 100 %", CHINESE) == "Our <b>choice</b> at 100 %"
