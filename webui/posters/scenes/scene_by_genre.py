"""Which genre speaks for a film, and which scene stands for the genre."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from webui.posters.drawing.shapes import Canvas
from webui.posters.scenes import chase, day, lines, motion, night, play, quiet, voyage

Scene = Callable[[Canvas], str]

SCENES: dict[str, tuple[Scene, ...]] = {
    "Film-Noir": (night.blinds, motion.window, motion.keyhole),
    "Western": (night.mesas, voyage.desert),
    "Musical": (day.staff, motion.arches),
    "Documentary": (day.iris, day.reel),
    "Animation": (play.bouncing, play.rainbow, play.balloons),
    "Sci-Fi": (night.planet, voyage.rocket, voyage.saucer, voyage.orbits),
    "War": (night.searchlights, motion.burst),
    "Horror": (night.castle, lines.spiral),
    "Fantasy": (night.castle, motion.peaks),
    "Children": (play.rainbow, play.balloons),
    "Mystery": (motion.keyhole, motion.window),
    "Crime": (lines.fingerprint, motion.window, chase.skyline),
    "Romance": (day.two, chase.rose, day.staff, quiet.boat),
    "Adventure": (motion.peaks, motion.tide, quiet.boat),
    "Thriller": (lines.spiral, night.blinds, chase.crosshair),
    "Action": (motion.burst, chase.skyline, chase.crosshair),
    "Comedy": (play.sunburst, play.balloons, chase.confetti, quiet.disguise),
    "Drama": (motion.arches, motion.tide, motion.window, chase.rose, quiet.road, quiet.tree),
}
"""Scenes by genre, the most distinctive genre first."""


def main_genre(genres: Sequence[str]) -> str | None:
    """The most distinctive of a film's genres; None where none is known."""
    return next((genre for genre in SCENES if genre in genres), None)


def scene(genre: str | None, canvas: Canvas) -> str:
    """SVG elements of one of the genre's scenes; a film reel where the genre says nothing."""
    choices = SCENES.get(genre or "", (day.reel,))
    return choices[canvas.random.below(len(choices))](canvas)
