"""Scenes of far places: one function a motif, canvas → SVG."""

from __future__ import annotations

from webui.posters.drawing.shapes import (
    Canvas,
    around,
    circle,
    ellipse,
    line,
    path,
    polygon,
    rect,
    stars,
)


def rocket(c: Canvas) -> str:
    """A rocket leaving a trail of smoke."""
    p, h, d = c.palette, c.height, c.random
    x, lean = c.width * d.between(0.44, 0.56), d.between(8, 26)
    smoke = "".join(
        circle((x + d.between(-12, 12) * (1 + k / 3), h * 0.66 + k * h * 0.055), 12 + 5 * k, fill)
        for k in range(7)
        for fill in (p.deep if k % 2 else p.main,)
    )
    top, foot = h * 0.12, h * 0.6
    body = path(
        f"M{x:.0f} {top:.0f}q42 {h * 0.2:.0f} 26 {foot - top:.0f}h-52q-16 -{h * 0.28:.0f} 26 "
        f"-{foot - top:.0f}z",
        p.glow,
    )
    fins = "".join(
        polygon(
            [(x + side * 24, foot - 46), (x + side * 54, foot + 16), (x + side * 22, foot)],
            p.accent,
        )
        for side in (-1, 1)
    )
    flame = polygon([(x - 18, foot), (x + 18, foot), (x, foot + 58)], p.accent)
    port = circle((x, top + h * 0.2), 15, p.main) + circle((x, top + h * 0.2), 9, p.ground)
    turn = f'<g transform="rotate({lean:.0f} {x:.0f} {h * 0.5:.0f})">'
    return f"{stars(c, 30)}{turn}{smoke}{flame}{fins}{body}{port}</g>"


def saucer(c: Canvas) -> str:
    """A flying saucer with its beam over hills."""
    p, h, d = c.palette, c.height, c.random
    x, y = c.width * d.between(0.4, 0.6), h * d.between(0.26, 0.34)
    beam = polygon([(x - 34, y), (x + 34, y), (x + 96, h * 0.9), (x - 96, h * 0.9)], p.accent)
    dome = path(f"M{x - 40:.0f} {y:.0f}a40 42 0 0 1 80 0z", p.glow)
    hull = ellipse((x, y + 4), (94, 21), p.main) + ellipse((x, y - 1), (58, 9), p.deep)
    lamps = "".join(circle((x + 27 * k, y + 12), 4.5, p.glow) for k in (-2, -1, 0, 1, 2))
    hills = path(
        f"M0 {h + 4:.0f}V{h * 0.84:.0f}Q{x - 60:.0f} {h * 0.74:.0f} {x:.0f} {h * 0.85:.0f}"
        f"T{c.width:.0f} {h * 0.8:.0f}V{h + 4:.0f}z",
        p.deep,
    )
    figure = circle((x, h * 0.7), 8, p.ground) + rect((x - 6, h * 0.73), (12, h * 0.13), p.ground)
    return f'{stars(c, 30, 0.7)}<g opacity="0.75">{beam}</g>{hills}{figure}{dome}{hull}{lamps}'


def orbits(c: Canvas) -> str:
    """A sun and the paths of its planets."""
    p, h, d = c.palette, c.height, c.random
    at = (c.width * d.between(0.1, 0.9), h * d.between(0.3, 0.6))
    fills = (p.main, p.glow, p.accent, p.main)
    rings = "".join(
        circle(at, 70.0 + 52 * k, "none", stroke=p.deep, stroke_width=2.5) for k in range(5)
    )
    planets = "".join(
        circle(around(at, 70.0 + 52 * k, d.between(0, 360)), d.between(9, 24), fill)
        + circle(around(at, 70.0 + 52 * k, d.between(0, 360)), d.between(3, 8), fill)
        for k, fill in enumerate(fills)
    )
    halo = circle(at, 56, p.accent, opacity=0.3)
    return stars(c, 30) + rings + halo + circle(at, 42, p.accent) + planets


def desert(c: Canvas) -> str:
    """Cacti on a plain under a setting sun."""
    p, h, d = c.palette, c.height, c.random
    sun = circle((c.width * d.between(0.3, 0.7), h * 0.6), 78, p.accent)
    bands = "".join(rect((0, h * (0.58 + 0.05 * k)), (c.width, 5), p.ground) for k in range(3))
    plain = rect((0, h * 0.74), (c.width, h * 0.3), p.main)
    cacti = "".join(
        line([(x, h * 0.92), (x, h * 0.92 - tall)], p.deep, 17)
        + line(
            [
                (x + side * 30, h * 0.92 - tall * 0.78),
                (x + side * 30, h * 0.92 - tall * 0.45),
                (x, h * 0.92 - tall * 0.42),
            ],
            p.deep,
            13,
        )
        for x, tall, side in (
            (d.between(50, 90), h * 0.46, 1),
            (d.between(200, 250), h * 0.34, -1),
        )
    )
    return sun + bands + plain + cacti
