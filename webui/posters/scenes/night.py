"""Scenes on a dark ground: one function a motif, canvas → SVG."""

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
    ridge,
    stars,
)


def planet(c: Canvas) -> str:
    """A ringed planet among stars."""
    p, at = c.palette, (c.width * c.random.between(0.42, 0.6), c.height * 0.52)
    r, tilt = min(c.height * 0.29, 92), c.random.between(10, 24)
    turn = f"rotate({tilt:.0f} {at[0]:.0f} {at[1]:.0f})"
    left, right = (at[0] - r * 1.9, at[1]), (at[0] + r * 1.9, at[1])
    front = (
        f"M{left[0]:.0f} {left[1]:.0f}A{r * 1.9:.0f} {r * 0.48:.0f} 0 0 0 "
        f"{right[0]:.0f} {right[1]:.0f}"
    )
    shade = f"M{at[0] - r:.0f} {at[1]:.0f}a{r:.0f} {r:.0f} 0 0 0 {2 * r:.0f} 0z"
    return (
        stars(c, 34)
        + circle(around(at, r * 2.0, -48), r * 0.16, p.main, opacity=0.6)
        + f'<g transform="{turn}">'
        + ellipse(at, (r * 1.9, r * 0.48), "none", stroke=p.glow, stroke_width=6)
        + circle(at, r, p.accent)
        + path(shade, p.main, opacity=0.55)
        + path(front, stroke=p.glow, stroke_width=6)
        + "</g>"
    )


def blinds(c: Canvas) -> str:
    """A man under a lamp, behind window blinds."""
    p, middle, h = c.palette, c.width * c.random.between(0.55, 0.64), c.height
    slats = "".join(
        polygon([(22, y), (c.width - 50, y), (c.width - 56, y + 9), (16, y + 9)], p.deep)
        for y in range(0, int(h * 0.8), 20)
    )
    cone = polygon(
        [(middle - 12, h * 0.2), (middle + 12, h * 0.2), (c.width, h), (90, h)], p.accent
    )
    lamp = polygon(
        [
            (middle - 10, h * 0.13),
            (middle + 10, h * 0.13),
            (middle + 28, h * 0.2),
            (middle - 28, h * 0.2),
        ],
        p.glow,
    )
    hat = rect((middle - 30, h * 0.555), (60, 6), p.ground, rx=3) + rect(
        (middle - 17, h * 0.5), (34, h * 0.06), p.ground, rx=5
    )
    coat = path(
        f"M{middle - 50:.0f} {h + 4:.0f}L{middle - 34:.0f} {h * 0.74:.0f}"
        f"Q{middle:.0f} {h * 0.64:.0f} {middle + 34:.0f} {h * 0.74:.0f}"
        f"L{middle + 50:.0f} {h + 4:.0f}z",
        p.ground,
    )
    head = circle((middle, h * 0.6), 15, p.ground)
    cord = rect((middle - 2, 0), (4, h * 0.14), p.glow)
    return slats + cone + cord + lamp + coat + head + hat


def mesas(c: Canvas) -> str:
    """A striped sun going down behind table mountains."""
    p, h = c.palette, c.height
    at, r = (c.width * c.random.between(0.35, 0.65), h * 0.56), h * 0.33
    bands = "".join(
        rect((0, at[1] + k * r * 0.2 - 3), (c.width, 2 + 2.2 * k), p.ground) for k in range(5)
    )
    shift = c.random.between(-18, 18)
    mesa = [(-5, h), (-5, h * 0.72), (16 + shift, h * 0.7), (26 + shift, h * 0.6)]
    mesa += [(86 + shift, h * 0.6), (98 + shift, h * 0.74), (118 + shift, h * 0.8), (130, h)]
    tower = [(190, h), (206, h * 0.8), (214, h * 0.52), (252, h * 0.52), (262, h * 0.78), (310, h)]
    plain = polygon(
        [(0, h + 2), (0, h * 0.87), (150, h * 0.82), (c.width, h * 0.88), (c.width, h + 2)],
        p.ground,
    )
    x = c.width * 0.5 + shift
    cactus = line([(x, h * 0.96), (x, h * 0.72)], p.ground, 9) + "".join(
        path(
            f"M{x:.0f} {h * 0.84:.0f}h{side * 13}q{side * 4} 0 {side * 4} -5v-{h * 0.06:.0f}",
            stroke=p.ground,
            stroke_width=6,
            stroke_linecap="round",
        )
        for side in (-1, 1)
    )
    return (
        circle(at, r, p.main)
        + bands
        + polygon(mesa, p.deep)
        + polygon(tower, p.deep)
        + plain
        + cactus
    )


def searchlights(c: Canvas) -> str:
    """Beams over a wire fence."""
    p, h = c.palette, c.height
    beams = "".join(
        polygon(
            [(x, h * 0.86), (x + 8, h * 0.86), (x + lean + 44, -4), (x + lean - 34, -4)],
            fill,
            opacity=0.8,
        )
        for x, lean, fill in (
            (50, c.random.between(20, 90), p.deep),
            (240, -c.random.between(20, 110), p.deep),
            (146, c.random.between(-50, 50), p.main),
        )
    )
    sun = circle((c.width / 2, h * 0.86), h * 0.24, p.accent)
    hill = path(
        f"M0 {h + 2:.0f}V{h * 0.86:.0f}Q150 {h * 0.72:.0f} 300 {h * 0.86:.0f}V{h + 2:.0f}z",
        p.ground,
    )
    posts = "".join(
        line([(x - 9, h * 0.93), (x + 9, h * 0.75)], p.glow, 3)
        + line([(x + 9, h * 0.93), (x - 9, h * 0.75)], p.glow, 3)
        for x in range(24, 300, 42)
    )
    wire = line([(0, h * 0.84), (c.width, h * 0.84)], p.glow, 1.5)
    return beams + sun + hill + wire + posts


def castle(c: Canvas) -> str:
    """A castle on a ridge under a crescent moon."""
    p, h = c.palette, c.height
    moon = (c.width * c.random.between(0.24, 0.4), h * 0.28)
    x, y = c.width * c.random.between(0.56, 0.68), h * 0.9
    towers = "".join(
        rect((x + dx, y - tall), (16, tall), p.glow)
        + polygon(
            [(x + dx - 4, y - tall), (x + dx + 20, y - tall), (x + dx + 8, y - tall - 26)], p.glow
        )
        + rect((x + dx + 5.5, y - tall + 14), (5, 11), p.accent, rx=2.5)
        for dx, tall in ((0, h * 0.2), (24, h * 0.32), (48, h * 0.17))
    )
    wall = rect((x, y - h * 0.11), (64, h * 0.11), p.glow)
    return (
        stars(c, 26, 0.55)
        + circle(moon, 42, p.accent)
        + circle((moon[0] + 19, moon[1] - 9), 36, p.ground)
        + polygon(ridge(c, h * 0.78, h * 0.26, 7), p.deep)
        + polygon(ridge(c, h * 0.9, h * 0.16, 9), p.main, opacity=0.55)
        + wall
        + towers
        + polygon(ridge(c, h * 1.0, h * 0.12, 11), p.main)
    )
