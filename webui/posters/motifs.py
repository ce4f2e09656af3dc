"""Which genre speaks for a film, and which scene stands for the genre."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from webui.posters import day, motion, night
from webui.posters.shapes import Canvas

Scene = Callable[[Canvas], str]

SCENES: dict[str, tuple[Scene, ...]] = {
    "Film-Noir": (night.blinds,),
    "Western": (night.mesas,),
    "Musical": (day.staff,),
    "Documentary": (day.iris,),
    "War": (night.searchlights,),
    "Animation": (day.bouncing,),
    "Sci-Fi": (night.planet,),
    "Horror": (night.contours,),
    "Fantasy": (night.castle,),
    "Children": (day.rainbow,),
    "Mystery": (motion.keyhole,),
    "Crime": (night.fingerprint,),
    "Romance": (day.two,),
    "Adventure": (motion.peaks,),
    "Thriller": (motion.spiral,),
    "Action": (motion.burst,),
    "Comedy": (day.sunburst, day.balloons),
    "Drama": (motion.arches, motion.tide, motion.window),
}
"""Scenes by genre, the most distinctive genre first."""


def main_genre(genres: Sequence[str]) -> str | None:
    """The most distinctive of a film's genres; None where none is known."""
    return next((genre for genre in SCENES if genre in genres), None)


def scene(genre: str | None, canvas: Canvas) -> str:
    """SVG elements of one of the genre's scenes; a film reel where the genre says nothing."""
    choices = SCENES.get(genre or "", (day.reel,))
    return choices[canvas.dice.below(len(choices))](canvas)
