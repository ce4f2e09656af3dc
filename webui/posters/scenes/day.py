"""Scenes on a light ground: one function a motif, canvas → SVG."""

from __future__ import annotations

import math

from webui.posters.drawing.shapes import Canvas, around, circle, ellipse, line, path, rect


def staff(c: Canvas) -> str:
    """Notes on waving staff lines."""
    p, h, phase = c.palette, c.height, c.random.between(0, 6.28)

    def y(x: float, row: int) -> float:
        return h * 0.34 + row * 17 + 26 * math.sin(x / 62 + phase) - x * 0.06

    rows = "".join(
        line([(x, y(x, k)) for x in range(-6, 313, 12)], p.main if k % 2 else p.accent, 4)
        for k in range(5)
    )
    notes = []
    for x in range(34, 300, 56):
        row = c.random.below(5)
        at, up = (float(x), y(x, row)), -1 if row > 1 else 1
        side = -up * 12.0
        notes.append(
            ellipse(at, (15, 11), p.glow, transform=f"rotate(-20 {x} {at[1]:.0f})")
            + line([(x + side, at[1]), (x + side, at[1] + up * 62)], p.glow, 4)
        )
    bubbles = "".join(
        circle(
            (c.random.between(16, 284), c.random.between(h * 0.76, h * 0.97)),
            c.random.between(3, 9),
            p.accent if k % 2 else p.main,
        )
        for k in range(12)
    )
    return rows + bubbles + "".join(notes)


def iris(c: Canvas) -> str:
    """A camera's iris between film perforations."""
    p, h = c.palette, c.height
    at, r, turn = (c.width / 2, h * 0.52), h * 0.36, c.random.between(0, 60)
    strips = "".join(
        rect((x, y), (14, 9), p.glow, rx=2) for y in (9, h - 18) for x in range(8, 300, 26)
    )
    blades = "".join(
        path(
            "M{:.1f} {:.1f}L{:.1f} {:.1f}A{r:.1f} {r:.1f} 0 0 1 {:.1f} {:.1f}z".format(
                *around(at, r * 0.42, turn + k * 60 + 60),
                *around(at, r, turn + k * 60),
                *around(at, r, turn + k * 60 + 60),
                r=r,
            ),
            p.accent if k % 2 else p.main,
            stroke=p.ground,
            stroke_width=3,
        )
        for k in range(6)
    )
    return circle(at, r + 8, p.deep) + strips + blades + circle(at, r * 0.15, p.glow)


def two(c: Canvas) -> str:
    """Two circles of rings that meet."""
    p, h = c.palette, c.height
    y, lean = h * 0.5, c.random.between(-26, 26)
    pairs = ((c.width * 0.33, y + lean, p.main), (c.width * 0.67, y - lean, p.accent))
    rings = "".join(
        circle((x, cy), 104.0 - 22 * k, fill, opacity=round(0.24 + 0.13 * k, 2))
        for k in range(5)
        for x, cy, fill in pairs
    )
    heart = (c.width / 2, y)
    core = path(
        f"M{heart[0]:.0f} {heart[1] + 24:.0f}c-46 -30 -30 -62 -12 -58q9 2 12 12q3 -10 12 -12"
        "c18 -4 34 28 -12 58z",
        p.glow,
    )
    return rings + core


def reel(c: Canvas) -> str:
    """A film reel."""
    p, h = c.palette, c.height
    at, r, turn = (c.width / 2, h * 0.5), min(h * 0.36, 118), c.random.between(0, 72)
    holes = "".join(
        circle(around(at, r * 0.6, turn + 72 * k), r * 0.24, p.ground) for k in range(5)
    )
    tail = path(f"M{at[0]:.0f} {at[1] + r - 7:.0f}H310", stroke=p.accent, stroke_width=14)
    return (
        tail
        + circle(at, r, p.main)
        + circle(at, r * 0.92, p.deep)
        + holes
        + circle(at, r * 0.13, p.glow)
    )
