"""Posters: always valid, always readable, always the same."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webui.posters import Subject, draw
from webui.posters.dice import Dice
from webui.posters.layout import clean, set_title, spread, width
from webui.posters.motifs import SCENES, main_genre
from webui.posters.palette import TEXT_CONTRAST, TONES, contrast, hex_colour, palette
from webui.posters.svg import MARGIN, WIDTH

GENRES = st.sampled_from([*SCENES, "IMAX", "<&>"])
YEARS = st.none() | st.integers(1874, 2100)
SUBJECTS = st.builds(
    Subject,
    movie_id=st.integers(0, 2**63 - 1),
    title=st.text(max_size=250),
    year=YEARS,
    genres=st.lists(GENRES, max_size=6).map(tuple),
)
UNHURRIED = settings(deadline=None)  # machines differ
SVG = "{http://www.w3.org/2000/svg}"


@UNHURRIED
@given(SUBJECTS)
def test_any_film_has_a_valid_poster(subject: Subject) -> None:
    drawn = draw(subject)
    root = ET.fromstring(drawn.encode())  # noqa: S314 - our own text
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text == (clean(subject.title) or "Untitled")
    for element in root.iter():
        assert element.tag not in (f"{SVG}style", f"{SVG}script")
        assert "style" not in element.attrib
    assert "nan" not in drawn
    assert draw(subject) == drawn


@UNHURRIED
@given(SUBJECTS)
def test_titles_stay_within_the_poster(subject: Subject) -> None:
    root = ET.fromstring(draw(subject).encode())  # noqa: S314 - our own text
    lengths = [float(e.attrib["textLength"]) for e in root.iter() if "textLength" in e.attrib]
    assert lengths
    assert max(lengths) <= WIDTH - 2 * MARGIN + 0.1
    tops = [float(e.attrib["y"]) for e in root.iter(f"{SVG}text")]
    assert min(tops) > 150


@UNHURRIED
@given(GENRES, YEARS, st.integers(0, 2**63 - 1))
def test_text_is_readable(genre: str, year: int | None, movie_id: int) -> None:
    colours = palette(genre, year, Dice(movie_id))
    assert contrast(colours.ink, colours.ground) >= TEXT_CONTRAST
    assert contrast(colours.soft, colours.ground) >= TEXT_CONTRAST


@UNHURRIED
@given(st.floats(0, 1), st.floats(0, 0.4), st.floats(-720, 720))
def test_every_colour_is_one_that_a_screen_has(light: float, chroma: float, hue: float) -> None:
    assert re.fullmatch(r"#[0-9a-f]{6}", hex_colour(light, chroma, hue))


@pytest.mark.parametrize(
    ("oklch", "srgb"),
    [
        ((0.0, 0.0, 0.0), "#000000"),
        ((1.0, 0.0, 0.0), "#ffffff"),
        ((0.62796, 0.25768, 29.234), "#ff0000"),
        ((0.86644, 0.29483, 142.495), "#00ff00"),
        ((0.45201, 0.31321, 264.052), "#0000ff"),
    ],
)
def test_known_colours(oklch: tuple[float, float, float], srgb: str) -> None:
    found = hex_colour(*oklch)
    for channel in (1, 3, 5):
        assert (
            abs(int(found[channel : channel + 2], 16) - int(srgb[channel : channel + 2], 16)) <= 1
        )


def test_contrast_is_the_known_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_genre_with_a_scene_has_a_tone() -> None:
    assert set(SCENES) == set(TONES)


def test_the_most_distinctive_genre_speaks() -> None:
    assert main_genre(("Drama", "Action", "Sci-Fi")) == "Sci-Fi"
    assert main_genre(("IMAX",)) is None


@UNHURRIED
@given(st.text(max_size=250), st.sampled_from([252.0, 120.0]))
def test_lines_fit_their_measure(title: str, measure: float) -> None:
    block = set_title(title, measure)
    assert 1 <= len(block.lines) <= 7
    assert all(
        width(line.text, block.size) <= measure or len(line.text) <= 2 for line in block.lines
    )


def test_short_titles_are_set_larger_than_long_ones() -> None:
    short, long = set_title("Heat", 252), set_title("A very long title " * 30, 252)
    assert short.size > 3 * long.size
    assert long.lines[-1].text.endswith("…")
    assert set_title("", 252).lines[0].text == "UNTITLED"


def test_titles_in_other_scripts_keep_their_width() -> None:
    assert width("七人の侍", 10) > width("SEVEN", 10)


def test_small_type_drops_what_does_not_fit() -> None:
    assert spread(("ACTION", "DRAMA", "WAR"), 1000, 10) == "ACTION / DRAMA / WAR"
    assert spread(("ACTION", "DRAMA", "WAR"), 60, 10) == "ACTION"
    assert spread((), 60, 10) == ""


def test_versions_follow_what_is_drawn() -> None:
    first = Subject(1, "Heat", 1995, ("Crime",))
    assert first.version == Subject(1, "Heat", 1995, ("Crime",)).version
    assert first.version != Subject(1, "Heat", 1996, ("Crime",)).version
    assert first.version != Subject(2, "Heat", 1995, ("Crime",)).version
