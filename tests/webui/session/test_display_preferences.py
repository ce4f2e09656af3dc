"""Theme and language: chosen, or as the browser prefers."""

from __future__ import annotations

import importlib.util
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from starlette.testclient import TestClient


def catalogue() -> Catalog:
    with Path("webui/locale/zh.po").open("rb") as file:
        return read_po(file, locale="zh")


def wanted() -> Catalog:
    spec = importlib.util.spec_from_file_location("messages", "tools/messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.messages()


def test_every_message_is_translated() -> None:
    translated = {m.id for m in catalogue() if m.id and m.string and all(m.string)}
    needed = {m.id for m in wanted() if m.id}
    assert len(needed) > 100
    assert needed - translated == set()


def test_translations_name_what_their_messages_name() -> None:
    for message in catalogue():
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            assert {names(text) for text in strings} == {names(ids[-1])}


def names(text: str) -> frozenset[str]:
    return frozenset(part.split(")s")[0] for part in text.split("%(")[1:])


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,zh;q=0.5", "en"),
        ("de,zh-Hans;q=0.3,en;q=0.1", "zh"),
        ("de", "en"),
        ("", "en"),
        (";q=x,*", "en"),
    ],
)
def test_the_browser_names_the_language(client: TestClient, accepted: str, language: str) -> None:
    answer = client.get("/", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in answer.text
    assert ("热门" in answer.text) is (language == "zh")
    assert "Accept-Language" in answer.headers["vary"]


def test_a_choice_is_kept_and_leads_back(client: TestClient) -> None:
    form = {"language": "zh", "theme": "light", "back": "/browse?sort=year"}
    answer = client.post("/preferences", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/browse?sort=year")
    html = client.get("/browse").text
    assert '<html lang="zh" data-theme="light">' in html
    client.post("/preferences", data={"theme": "system"})
    assert '<html lang="zh">' in client.get("/browse").text


@pytest.mark.parametrize("back", ["https://elsewhere", "//elsewhere", "/\\elsewhere", ""])
def test_a_choice_leads_nowhere_else(client: TestClient, back: str) -> None:
    answer = client.post("/preferences", data={"back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_choice_that_is_none_is_refused(client: TestClient) -> None:
    assert client.post("/preferences", data={"theme": "pink"}).status_code == 422


@pytest.mark.parametrize(
    "path", ["/", "/movie/1", "/user/42", "/browse?min_votes=9999", "/nowhere"]
)
def test_pages_are_whole_in_the_other_language(user: TestClient, path: str) -> None:
    user.cookies.set("sparrow_language", "zh")
    html = user.get(path).text
    assert '<html lang="zh">' in html
    assert any(character not in string.printable for character in html)
    for english in (">Home<", ">Browse<", ">Films<", ">History<", ">Similar films<"):
        assert english not in html
