"""Scenes of chases, laughs and meetings: one function a motif, canvas → SVG."""

from __future__ import annotations

from webui.posters.drawing.shapes import Canvas, around, circle, line, path, polygon, rect, stars


def skyline(c: Canvas) -> str:
    """Towers of a city before a huge moon, and somebody leaping between them."""
    p, h, d = c.palette, c.height, c.random
    moon = circle((c.width * d.between(0.35, 0.65), h * 0.44), 92, p.accent)
    towers, x = [], -8.0
    while x < c.width:
        width, tall = d.between(34, 58), h * d.between(0.22, 0.58)
        gap = abs(x + width / 2 - c.width / 2) < 44
        tall = h * 0.2 if gap else tall
        towers.append(rect((x, h - tall), (width, tall + 4), p.deep if d.below(2) else p.main))
        towers.extend(
            rect((x + 7 + 13 * k, h - tall + 12 + 18 * row), (6, 9), p.glow, opacity=0.8)
            for k in range(int((width - 10) / 13))
            for row in range(int((tall - 16) / 18))
            if d.below(3) == 0
        )
        x += width
    at = (c.width / 2, h * 0.52)
    leap = circle((at[0] + 8, at[1] - 30), 9, p.ground) + "".join(
        line([(at[0] + 2, at[1] - 12), (at[0] + dx, at[1] + dy)], p.ground, 8)
        for dx, dy in ((-26, 8), (26, 4), (-24, -24), (30, -30))
    )
    return stars(c, 18, 0.5) + moon + "".join(towers) + leap


def crosshair(c: Canvas) -> str:
    """A running figure in a gun sight."""
    p, h, d = c.palette, c.height, c.random
    at, r = (c.width * d.between(0.44, 0.56), h * 0.48), min(h * 0.36, 112)
    arms = "".join(
        line([around(at, r * 0.5, turn), around(at, r * 1.25, turn)], p.glow, 4)
        for turn in (0, 90, 180, 270)
    )
    rings = circle(at, r, p.deep) + "".join(
        circle(at, r * share, "none", stroke=p.main, stroke_width=width)
        for share, width in ((1.0, 9), (0.66, 3), (0.33, 2))
    )
    x, y = at
    body = circle((x + 9, y - 34), 10, p.accent) + "".join(
        line(points, p.accent, 9)
        for points in (
            [(x + 4, y - 20), (x - 4, y + 10)],
            [(x - 4, y + 10), (x + 18, y + 24), (x + 14, y + 46)],
            [(x - 4, y + 10), (x - 22, y + 28), (x - 42, y + 26)],
            [(x + 4, y - 16), (x + 24, y - 4), (x + 36, y - 16)],
            [(x + 4, y - 16), (x - 18, y - 8), (x - 22, y + 8)],
        )
    )
    return rings + arms + body


def confetti(c: Canvas) -> str:
    """A party hat under falling confetti."""
    p, h, d = c.palette, c.height, c.random
    fills = (p.main, p.accent, p.glow, p.deep)
    scraps = "".join(
        rect(
            (x, y),
            (d.between(6, 13), d.between(6, 18)),
            fills[k % 4],
            rx=2,
            transform=f"rotate({d.between(0, 180):.0f} {x:.0f} {y:.0f})",
        )
        for k in range(46)
        for x, y in [(d.between(4, c.width - 10), d.between(4, h - 14))]
    )
    x, foot = c.width / 2 + d.between(-20, 20), h * 0.86
    hat = polygon([(x, h * 0.3), (x - 66, foot), (x + 66, foot)], p.main)
    bands = "".join(
        polygon(
            [
                (x - 66 * low, h * 0.3 + (foot - h * 0.3) * low),
                (x + 66 * low, h * 0.3 + (foot - h * 0.3) * low),
                (x + 66 * high, h * 0.3 + (foot - h * 0.3) * high),
                (x - 66 * high, h * 0.3 + (foot - h * 0.3) * high),
            ],
            p.accent,
        )
        for low, high in ((0.22, 0.4), (0.6, 0.8))
    )
    return scraps + hat + bands + circle((x, h * 0.3), 20, p.glow)


def rose(c: Canvas) -> str:
    """A rose of turning petals on its stem."""
    p, h, d = c.palette, c.height, c.random
    at, turn = (c.width * d.between(0.44, 0.56), h * 0.38), d.between(0, 60)
    stem = path(
        f"M{at[0]:.0f} {at[1]:.0f}q{d.between(-24, 24):.0f} {h * 0.3:.0f} 6 {h * 0.66:.0f}",
        stroke=p.glow,
        stroke_width=8,
    )
    leaf = path(f"M{at[0] + 4:.0f} {h * 0.82:.0f}q34 -44 74 -30q-16 40 -74 30z", p.glow)
    petals = "".join(
        circle(around(at, reach, turn + shift + k * 360 / count), size, fill, opacity=0.92)
        for reach, size, count, fill, shift in (
            (62, 42, 7, p.deep, 0),
            (44, 36, 6, p.main, 20),
            (24, 27, 5, p.accent, 44),
        )
        for k in range(count)
    )
    return stem + leaf + petals + circle(at, 15, p.glow)
