"""Scenes of rings and spirals: one function a motif, canvas → SVG."""

from __future__ import annotations

from webui.posters.drawing.shapes import Canvas, around, circle, ellipse, line, polygon


def fingerprint(c: Canvas) -> str:
    """A fingerprint behind barrier tape."""
    p, h, d = c.palette, c.height, c.random
    at, turn = (c.width * d.between(0.52, 0.64), h * 0.44), d.between(-24, 24)
    ridges = "".join(
        ellipse(
            at,
            (9.0 + 12 * k, 13.0 + 15.5 * k),
            "none",
            stroke=p.accent if k % 3 == 1 else p.main,
            stroke_width=5,
            stroke_linecap="round",
            stroke_dasharray=f"{d.between(60, 190):.0f} {d.between(8, 20):.0f}",
            stroke_dashoffset=round(d.between(1, 90)),
        )
        for k in range(10)
    )
    top = h * 0.8
    tape = polygon([(-5, top), (305, top - 26), (305, top + 4), (-5, top + 30)], p.glow)
    stripes = "".join(
        polygon(
            [
                (x, top + 30 - (x + 5) * 0.084),
                (x + 16, top + 28.6 - (x + 5) * 0.084),
                (x + 32, top - 2.8 - (x + 5) * 0.084),
                (x + 16, top - 1.4 - (x + 5) * 0.084),
            ],
            p.ground,
        )
        for x in range(-30, 310, 34)
    )
    return f'<g transform="rotate({turn:.0f} {at[0]:.0f} {at[1]:.0f})">{ridges}</g>{tape}{stripes}'


def spiral(c: Canvas) -> str:
    """A spiral with somebody falling into it."""
    p, at = c.palette, (c.width * c.random.between(0.44, 0.56), c.height * 0.48)
    start, sense = c.random.between(0, 360), 1 if c.random.below(2) else -1
    arms = "".join(
        line(
            [around(at, 3 + 0.19 * a, start + turn + sense * a) for a in range(0, 1000, 12)],
            colour,
            9,
        )
        for turn, colour in ((0, p.main), (120, p.deep), (240, p.deep))
    )
    body = around(at, 62, start + 40)
    limbs = "".join(
        line([body, around(body, 25, start + limb)], p.accent, 7) for limb in (15, 75, 140, 205)
    )
    head = circle(around(body, 21, start + 285), 9, p.accent)
    return arms + limbs + line([body, around(body, 12, start + 285)], p.accent, 12) + head
