"""Posters and static files as a browser gets them."""

from __future__ import annotations

import gzip
import hashlib
import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from chromium import README
from starlette.testclient import TestClient

from webui.rendering.assets import FOR_EVER, STATIC, Assets


def test_a_poster_is_kept_for_ever(client: TestClient) -> None:
    answer = client.get("/poster/v1/1.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == FOR_EVER
    assert answer.text == client.get("/poster/v1/1.svg").text


def test_a_poster_of_no_film_is_not_found(client: TestClient) -> None:
    assert client.get("/poster/v1/999.svg").status_code == 404


def test_a_card_names_the_version_of_its_poster(client: TestClient) -> None:
    versions = re.findall(r'src="(/poster/v1/1\.svg\?v=[0-9a-f]{8})"', client.get("/").text)
    assert len(set(versions)) == 1
    assert client.get(versions[0]).status_code == 200


def test_static_files_have_their_content_in_their_address(client: TestClient) -> None:
    (address,) = re.findall(r'rel="stylesheet" href="([^"]+)"', client.get("/").text)
    answer = client.get(address)
    assert answer.headers["cache-control"] == FOR_EVER
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.content == (STATIC / "style.css").read_bytes()


def test_another_versions_address_gives_the_file_but_not_for_ever(client: TestClient) -> None:
    answer = client.get("/static/0000000000/style.css")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


def test_only_files_of_the_folder_are_static(client: TestClient) -> None:
    assert client.get("/static/0000000000/app.py").status_code == 404
    assert client.get("/static/0/..%2Fapp.py").status_code == 404


def test_the_stylesheet_is_small_and_loads_only_fonts_by_their_content() -> None:
    style = (STATIC / "style.css").read_text()
    assert len(gzip.compress(style.encode())) <= 12 * 1024
    assert "@import" not in style
    loaded = re.findall(r"url\((.*?)\)", style)
    assert loaded == [Assets().url(address.rpartition("/")[2]) for address in loaded]
    assert all(address.endswith(".woff2") for address in loaded)


def test_the_font_is_asked_for_before_the_stylesheet_names_it(client: TestClient) -> None:
    (address,) = re.findall(r'rel="preload" as="font".*? href="([^"]+)"', client.get("/").text)
    answer = client.get(address)
    assert answer.headers["content-type"] == "font/woff2"
    assert answer.headers["cache-control"] == FOR_EVER


def test_licences_are_not_served(client: TestClient) -> None:
    assert client.get("/static/0000000000/vendor.lock").status_code == 404


def test_what_others_wrote_is_unchanged_and_locked() -> None:
    vendor, lock = STATIC / "vendor", ConfigParser()
    lock.read(vendor / "vendor.lock")
    files = {file.name for file in vendor.iterdir()} - {"vendor.lock"}
    assert set(lock.sections()) == files
    for name in files:
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == lock[name]["sha256"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", lock[name]["version"])


def test_scripts_are_small_and_served(client: TestClient) -> None:
    addresses = re.findall(r'<script src="([^"]+)" defer>', client.get("/").text)
    assert [address.rpartition("/")[2] for address in addresses] == ["htmx.min.js", "app.js"]
    scripts = [client.get(address) for address in addresses]
    assert {answer.headers["cache-control"] for answer in scripts} == {FOR_EVER}
    assert sum(len(gzip.compress(answer.content)) for answer in scripts) <= 25 * 1024


@pytest.mark.parametrize("path", ["/", "/user/42", "/browse", "/docs"])
def test_pages_are_small(user: TestClient, path: str) -> None:
    assert len(gzip.compress(user.get(path).content)) <= 60 * 1024


def test_pages_are_kept_only_by_their_visitor(client: TestClient) -> None:
    headers = client.get("/").headers
    assert headers["cache-control"] == "private, no-cache"
    assert "Cookie" in headers["vary"]


def test_pictures_of_the_readme_are_there_and_light() -> None:
    pictures = sorted(Path("docs/screenshots").glob("*.png"))
    assert [picture.stem for picture in pictures] == sorted(README)
    assert max(picture.stat().st_size for picture in pictures) <= 300_000
