"""SVG elements as text, and the canvas that scenes are drawn on.

Only presentation attributes are used: a style attribute would need a looser security policy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from webui.posters.drawing.palette import Palette
from webui.posters.drawing.seeded_random import SeededRandom

Point = tuple[float, float]


@dataclass(frozen=True)
class Canvas:
    """Where a scene is drawn: origin top left, everything beyond `height` is cut off."""

    width: float
    height: float
    palette: Palette
    random: SeededRandom


def n(value: float) -> str:
    """A coordinate, to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def attributes(values: dict[str, str | float]) -> str:
    """` name="value"` for each; `_` in a name stands for `-`. Values must need no escaping."""
    pairs = (
        (name.replace("_", "-"), n(v) if isinstance(v, int | float) and v > 1 else v)
        for name, v in values.items()
    )
    return "".join(f' {name}="{value}"' for name, value in pairs)


def circle(at: Point, radius: float, fill: str, **more: str | float) -> str:
    """A disc."""
    return (
        f'<circle cx="{n(at[0])}" cy="{n(at[1])}" r="{n(radius)}" fill="{fill}"{attributes(more)}/>'
    )


def ellipse(at: Point, radii: Point, fill: str, **more: str | float) -> str:
    """An ellipse with axes `radii`."""
    return (
        f'<ellipse cx="{n(at[0])}" cy="{n(at[1])}" rx="{n(radii[0])}" ry="{n(radii[1])}" '
        f'fill="{fill}"{attributes(more)}/>'
    )


def rect(at: Point, size: Point, fill: str, **more: str | float) -> str:
    """A rectangle from its top left corner."""
    return (
        f'<rect x="{n(at[0])}" y="{n(at[1])}" width="{n(size[0])}" height="{n(size[1])}" '
        f'fill="{fill}"{attributes(more)}/>'
    )


def polygon(points: Iterable[Point], fill: str, **more: str | float) -> str:
    """A closed shape with straight sides."""
    corners = " ".join(f"{n(x)},{n(y)}" for x, y in points)
    return f'<polygon points="{corners}" fill="{fill}"{attributes(more)}/>'


def path(d: str, fill: str = "none", **more: str | float) -> str:
    """Any outline, in SVG's path language."""
    return f'<path d="{d}" fill="{fill}"{attributes(more)}/>'


def line(points: Iterable[Point], stroke: str, width: float, **more: str | float) -> str:
    """An open line through the points, with round ends."""
    d = "M" + "L".join(f"{n(x)} {n(y)}" for x, y in points)
    pen = {"stroke": stroke, "stroke_width": width, "stroke_linecap": "round", **more}
    return f'<path d="{d}" fill="none"{attributes(pen)}/>'


def around(at: Point, radius: float, degrees: float) -> Point:
    """The point at `radius` from `at`; 0° is to the right, 90° is down."""
    angle = math.radians(degrees)
    return at[0] + radius * math.cos(angle), at[1] + radius * math.sin(angle)


def ridge(canvas: Canvas, base: float, rise: float, steps: int) -> list[Point]:
    """A mountain line across the canvas around height `base`, closed below the canvas."""
    step = canvas.width / steps
    line_ = [
        (i * step, base - (rise if i % 2 else 0) * canvas.random.between(0.55, 1.0))
        for i in range(steps + 1)
    ]
    return [*line_, (canvas.width, canvas.height + 2), (0, canvas.height + 2)]


def stars(canvas: Canvas, count: int, below: float = 1.0) -> str:
    """Small dots scattered over the canvas down to the share `below` of its height."""
    d = canvas.random
    return "".join(
        circle(
            (d.between(6, canvas.width - 6), d.between(6, canvas.height * below)),
            d.between(0.6, 2.0),
            canvas.palette.glow,
            opacity=round(d.between(0.4, 1), 2),
        )
        for _ in range(count)
    )
