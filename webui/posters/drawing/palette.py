"""Colours of a poster, chosen in OKLCH and handed on as sRGB hex.

OKLCH to sRGB: Björn Ottosson, "A perceptual color space for image processing" (2020).
Contrast: the ratio of WCAG 2.2, between 1 and 21.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from webui.posters.drawing.seeded_random import SeededRandom

TEXT_CONTRAST = 7.0
"""What every text of a poster has against its ground at least (WCAG AAA)."""


@dataclass(frozen=True)
class GenreStyle:
    """What a genre looks like: two hues in degrees, strength of colour, and night or day."""

    hue: float
    accent: float
    chroma: float = 1.0  # factor on the chroma of every colour
    dark: bool = True
    jitter: float = 14  # degrees that a film may be away from its genre's hue


@dataclass(frozen=True)
class Palette:
    """sRGB colours as `#rrggbb`."""

    ground: str  # what everything stands on
    ink: str  # the title
    soft: str  # small type
    second: str  # every other line of a title in several colours
    third: str  # and the line after
    main: str  # the scene's largest shape
    accent: str  # its counterpart
    deep: str  # between ground and main
    glow: str  # the lightest (by night) or darkest (by day) detail
    rings: tuple[str, ...]  # from the outermost to the heart


GENRE_STYLES = {
    "Film-Noir": GenreStyle(250, 78, 0.55),
    "Western": GenreStyle(62, 28),
    "War": GenreStyle(118, 45, 0.8),
    "Musical": GenreStyle(345, 110, dark=False),
    "Documentary": GenreStyle(95, 245, 0.7, dark=False),
    "Animation": GenreStyle(92, 248, 1.2, dark=False),
    "Sci-Fi": GenreStyle(268, 168, 1.1, jitter=34),
    "Horror": GenreStyle(18, 60, 1.1),
    "Fantasy": GenreStyle(292, 80, 1.1),
    "Children": GenreStyle(215, 50, dark=False),
    "Mystery": GenreStyle(195, 90, 0.9),
    "Crime": GenreStyle(48, 105, 0.8, jitter=25),
    "Romance": GenreStyle(8, 45, dark=False, jitter=30),
    "Adventure": GenreStyle(160, 75),
    "Thriller": GenreStyle(228, 35, jitter=30),
    "Action": GenreStyle(32, 92, 1.15),
    "Comedy": GenreStyle(75, 20, 1.1, dark=False, jitter=38),
    "Drama": GenreStyle(300, 55, 0.85, jitter=75),
}
PLAIN = GenreStyle(240, 60, 0.5)


def palette(genre: str | None, year: int | None, random: SeededRandom) -> Palette:
    """Colours for a film of this main genre: its hues, a jitter, and the mood of its decade."""
    tone = GENRE_STYLES.get(genre or "", PLAIN)
    hue = tone.hue + random.between(-tone.jitter, tone.jitter)
    accent = tone.accent + random.between(-34, 34)
    strength = tone.chroma * _mood(year)
    lights = _NIGHT if tone.dark else _DAY
    ground = hex_colour(lights["ground"][0], lights["ground"][1] * strength, hue)
    shades = {
        name: hex_colour(light, chroma * strength, accent if name in ("accent", "glow") else hue)
        for name, (light, chroma) in lights.items()
        if name != "ground"
    }
    shades["ink"] = readable(shades["ink"], ground)
    shades["soft"] = readable(shades["soft"], ground)
    second, third = readable(shades["main"], ground), readable(shades["accent"], ground)
    return Palette(ground, second=second, third=third, rings=_rings(tone, hue, strength), **shades)


def _rings(tone: GenreStyle, hue: float, strength: float) -> tuple[str, ...]:
    """Seven steps of lightness, turning from the hue towards the accent's side."""
    start, end = (0.3, 0.86) if tone.dark else (0.86, 0.62)
    swing = 42 if (tone.accent - tone.hue) % 360 < 180 else -42
    return tuple(
        hex_colour(start + (end - start) * k / 6, 0.135 * strength, hue + swing * k / 6)
        for k in range(7)
    )


_NIGHT = {
    "ground": (0.19, 0.045),
    "ink": (0.95, 0.02),
    "soft": (0.84, 0.06),
    "main": (0.66, 0.15),
    "accent": (0.79, 0.13),
    "deep": (0.36, 0.085),
    "glow": (0.93, 0.05),
}
_DAY = {
    "ground": (0.93, 0.045),
    "ink": (0.25, 0.05),
    "soft": (0.38, 0.07),
    "main": (0.66, 0.16),
    "accent": (0.58, 0.15),
    "deep": (0.83, 0.095),
    "glow": (0.36, 0.10),
}


def _mood(year: int | None) -> float:
    """Strength of colour: muted before 1965, saturated in the eighties."""
    if year is None:
        return 1.0
    if year < 1965:
        return 0.62
    return 1.25 if 1980 <= year < 1990 else 1.0


def hex_colour(light: float, chroma: float, hue: float) -> str:
    """sRGB of an OKLCH colour; what is out of gamut loses chroma, never lightness or hue.

    light: 0–1, chroma: from 0, hue: degrees.
    """
    low, high = 0.0, chroma
    if not _in_gamut(_srgb(light, chroma, hue)):
        for _ in range(12):
            middle = (low + high) / 2
            inside = _in_gamut(_srgb(light, middle, hue))
            low, high = (middle, high) if inside else (low, middle)
        chroma = low
    channels = (round(255 * min(1.0, max(0.0, c))) for c in _srgb(light, chroma, hue))
    return "#" + "".join(f"{c:02x}" for c in channels)


def contrast(first: str, second: str) -> float:
    """WCAG contrast ratio of two `#rrggbb` colours."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, ground: str) -> str:
    """`colour`, moved towards white or black until it has TEXT_CONTRAST against `ground`."""
    target = 255 if _luminance(ground) < 0.18 else 0
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    for step in range(21):
        moved = "#" + "".join(f"{round(c + (target - c) * step / 20):02x}" for c in channels)
        if contrast(moved, ground) >= TEXT_CONTRAST:
            break
    return moved


def _srgb(light: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    lms = (
        light + 0.3963377774 * a + 0.2158037573 * b,
        light - 0.1055613458 * a - 0.0638541728 * b,
        light - 0.0894841775 * a - 1.2914855480 * b,
    )
    long, medium, short = (v**3 for v in lms)
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (_encode(v) for v in linear)
    return red, green, blue


def _encode(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _in_gamut(channels: tuple[float, float, float]) -> bool:
    return all(-1e-4 <= c <= 1 + 1e-4 for c in channels)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
