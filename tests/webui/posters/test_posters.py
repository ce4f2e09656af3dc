"""Posters: always valid, always readable, always the same."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webui.posters import Faces, PosterSpec, draw
from webui.posters.compositions import contour, letterpress, motif
from webui.posters.drawing.palette import GENRE_STYLES, TEXT_CONTRAST, contrast, hex_colour, palette
from webui.posters.drawing.poster_canvas import WIDTH, PosterCanvas
from webui.posters.drawing.seeded_random import SeededRandom
from webui.posters.drawing.title_layout import UNTITLED, balanced, clean, set_title, spread
from webui.posters.drawing.typography import Fallback
from webui.posters.scenes.scene_by_genre import SCENES, main_genre

Compose = Callable[[PosterCanvas], str]
GENRES = st.sampled_from([*SCENES, "IMAX", "<&>"])
YEARS = st.none() | st.integers(1874, 2100)
SUBJECTS = st.builds(
    PosterSpec,
    movie_id=st.integers(0, 2**63 - 1),
    title=st.text(max_size=250),
    year=YEARS,
    genres=st.lists(GENRES, max_size=6).map(tuple),
)
FACES = Faces.load()
STEPS = ((92.0, 1), (50.0, 4), (24.0, 7))
UNHURRIED = settings(deadline=None)  # machines differ
SVG = "{http://www.w3.org/2000/svg}"


@UNHURRIED
@given(SUBJECTS)
def test_any_film_has_a_valid_poster(subject: PosterSpec) -> None:
    drawn = draw(subject, FACES)
    root = ET.fromstring(drawn.encode())  # noqa: S314 - our own text
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text == (clean(subject.title) or "Untitled")
    for element in root.iter():
        assert element.tag not in (f"{SVG}style", f"{SVG}script")
        assert "style" not in element.attrib
    assert "nan" not in drawn
    assert draw(subject, FACES) == drawn


@UNHURRIED
@given(SUBJECTS, st.sampled_from([motif, letterpress, contour]))
def test_type_stays_within_the_poster(subject: PosterSpec, compose: Compose) -> None:
    """Each line ends within the right margin, whichever way it is drawn."""
    drawn = compose(sheet(subject))
    root = ET.fromstring(f"<svg>{drawn}</svg>")  # noqa: S314 - our own text
    for text in root.iter("text"):
        end = float(text.attrib["x"]) + float(text.attrib["textLength"])
        assert end <= WIDTH - 24 + 0.5 or len(text.text or "") <= 2
    for group in root.iter("g"):
        words = group.attrib.get("transform", "")
        if words.startswith("matrix"):
            scale, x = (float(words[7:-1].split()[k]) for k in (0, 4))
            last = [p.attrib["transform"] for p in group.iter("path")][-1:]
            assert all(x + scale * float(t[10:-1]) <= WIDTH - 20 for t in last)


def sheet(subject: PosterSpec) -> PosterCanvas:
    dice = SeededRandom(subject.movie_id)
    genre = main_genre(subject.genres)
    return PosterCanvas(
        clean(subject.title) or UNTITLED,
        str(subject.year or ""),
        tuple(clean(each) for each in subject.genres),
        genre,
        palette(genre, subject.year, dice),
        dice,
        FACES,
    )


@UNHURRIED
@given(GENRES, YEARS, st.integers(0, 2**63 - 1))
def test_text_is_readable(genre: str, year: int | None, movie_id: int) -> None:
    colours = palette(genre, year, SeededRandom(movie_id))
    assert contrast(colours.ink, colours.ground) >= TEXT_CONTRAST
    for ink in (colours.soft, colours.second, colours.third):
        assert contrast(ink, colours.ground) >= TEXT_CONTRAST


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
    assert set(SCENES) == set(GENRE_STYLES)


def test_the_most_distinctive_genre_speaks() -> None:
    assert main_genre(("Drama", "Action", "Sci-Fi")) == "Sci-Fi"
    assert main_genre(("IMAX",)) is None


@UNHURRIED
@given(st.text(min_size=1, max_size=250).map(clean).filter(bool), st.sampled_from([252.0, 120.0]))
def test_lines_fit_their_measure(title: str, measure: float) -> None:
    face = FACES.for_capitals(title)
    block = set_title(title, measure, face, STEPS)
    assert 1 <= len(block.lines) <= 7
    assert all(
        face.width(line) * block.size <= measure + 0.01 or len(line) <= 2 for line in block.lines
    )


def test_short_titles_are_set_larger_than_long_ones() -> None:
    face = FACES.condensed
    short, long = (set_title(t, 252, face, STEPS) for t in ("HEAT", "A VERY LONG TITLE " * 30))
    assert short.size > 3 * long.size
    assert long.lines[-1].endswith("…")


def test_letterpress_lines_are_as_even_as_can_be() -> None:
    words = ["THE", "GOOD,", "THE", "BAD", "AND", "THE", "UGLY"]
    assert balanced(words, 3, FACES.condensed) == ["THE GOOD,", "THE BAD AND", "THE UGLY"]


@pytest.mark.parametrize(
    ("title", "outlined"),
    [("Amélie", True), ("Łódź", True), ("七人の侍", False), ("Солярис", False)],
)
def test_other_scripts_are_left_to_the_browser(title: str, outlined: bool) -> None:
    for compose in (motif, letterpress, contour):
        assert ("<text" in compose(sheet(PosterSpec(5, title, 1954, ("Drama",))))) is not outlined
    assert Fallback().width("七人の侍") > Fallback().width("SEVEN")


def test_the_glyphs_are_free_and_say_so() -> None:
    for name in ("league-gothic", "dm-serif-display"):
        licence = (Path("webui/posters/faces") / f"{name}.LICENSE.txt").read_text()
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence


@pytest.mark.parametrize("genre", ["Drama", "Comedy", "Thriller", "Action", "Romance"])
def test_common_genres_have_several_scenes(genre: str) -> None:
    assert len(SCENES[genre]) >= 3


def test_small_type_drops_what_does_not_fit() -> None:
    face = FACES.condensed
    assert spread(("ACTION", "DRAMA", "WAR"), 100, face) == "ACTION / DRAMA / WAR"
    assert spread(("ACTION", "DRAMA", "WAR"), face.width("ACTION"), face) == "ACTION"
    assert spread((), 60, face) == ""


def test_versions_follow_what_is_drawn() -> None:
    first = PosterSpec(1, "Heat", 1995, ("Crime",))
    assert first.version == PosterSpec(1, "Heat", 1995, ("Crime",)).version
    assert first.version != PosterSpec(1, "Heat", 1996, ("Crime",)).version
    assert first.version != PosterSpec(2, "Heat", 1995, ("Crime",)).version
