"""Scenes of places and travel: one function a motif, canvas → SVG."""

from __future__ import annotations

from webui.posters.drawing.shapes import Canvas, around, circle, path, polygon, rect, ridge, stars


def keyhole(c: Canvas) -> str:
    """Light through a keyhole, and steps leading to it."""
    p, h = c.palette, c.height
    x, y = c.width * c.random.between(0.42, 0.58), h * 0.4
    rings = "".join(
        circle((x, y), r, p.main, opacity=o) for r, o in ((150, 0.16), (118, 0.22), (88, 0.3))
    )
    hole = circle((x, y), 50, p.accent) + polygon(
        [(x - 22, y + 30), (x + 22, y + 30), (x + 48, h * 0.92), (x - 48, h * 0.92)], p.accent
    )
    steps = "".join(
        rect(
            (x - 58 - 14 * k, h * 0.88 + k * 13),
            (116 + 28 * k, 7),
            p.glow,
            opacity=round(1 - 0.22 * k, 2),
        )
        for k in range(4)
    )
    figure = circle((x, y + 18), 9, p.ground) + path(
        f"M{x - 13:.0f} {h * 0.88:.0f}V{y + 46:.0f}q0 -16 13 -16t13 16V{h * 0.88:.0f}z", p.ground
    )
    return rings + hole + figure + steps


def burst(c: Canvas) -> str:
    """An explosion crossed by speed lines."""
    p, h, d = c.palette, c.height, c.random
    at = (c.width * d.between(0.45, 0.6), h * 0.47)

    def spikes(radius: float, count: int) -> list[tuple[float, float]]:
        return [
            around(at, radius * (d.between(0.86, 1.12) if k % 2 else 0.55), k * 180 / count)
            for k in range(2 * count)
        ]

    bars = "".join(
        polygon([(x, h + 4), (x + w, h + 4), (x + w + h * 0.75, -4), (x + h * 0.75, -4)], p.deep)
        for x, w in (
            (d.between(-190, -160), 34),
            (d.between(-110, -90), 14),
            (-40, 44),
            (40, 12),
            (d.between(90, 120), 30),
            (180, 16),
        )
    )
    return (
        bars
        + polygon(spikes(142, 13), p.main)
        + polygon(spikes(96, 11), p.accent)
        + polygon(spikes(52, 9), p.glow)
    )


def peaks(c: Canvas) -> str:
    """Mountains one behind the other, and a road to them."""
    p, h = c.palette, c.height
    sun = (c.width * c.random.between(0.3, 0.72), h * 0.34)
    bend = c.random.between(-50, 50)
    road = path(
        f"M{150 + bend:.0f} {h * 0.8:.0f}C{230 - bend:.0f} {h * 0.86:.0f} {70 + bend:.0f} "
        f"{h * 0.9:.0f} 96 {h + 4:.0f}H196C{150 + bend:.0f} {h * 0.92:.0f} {250 - bend:.0f} "
        f"{h * 0.87:.0f} {156 + bend:.0f} {h * 0.8:.0f}z",
        p.glow,
    )
    return (
        stars(c, 14, 0.4)
        + circle(sun, 56, p.accent)
        + polygon(ridge(c, h * 0.72, h * 0.38, 5), p.deep)
        + polygon(ridge(c, h * 0.82, h * 0.28, 7), p.main, opacity=0.6)
        + polygon(ridge(c, h * 0.84, h * 0.06, 6), p.main)
        + road
    )


def arches(c: Canvas) -> str:
    """A stage within arches, and one figure on it."""
    p, h, x = c.palette, c.height, c.width / 2
    fills = (p.deep, p.main, p.deep, p.accent)
    doors = "".join(
        path(
            f"M{x - r:.0f} {h + 2:.0f}V{h * 0.16 + r:.0f}a{r:.0f} {r:.0f} 0 0 1 {2 * r:.0f} 0"
            f"V{h + 2:.0f}z",
            fill,
            transform=f"translate(0 {k * h * 0.085:.0f})",
        )
        for k, (r, fill) in enumerate(zip((136.0, 108.0, 80.0, 52.0), fills, strict=True))
    )
    at = x + c.random.between(-16, 16)
    figure = circle((at, h * 0.68), 12, p.ground) + path(
        f"M{at - 19:.0f} {h + 2:.0f}V{h * 0.79:.0f}q0 -20 19 -20t19 20V{h + 2:.0f}z", p.ground
    )
    return doors + figure


def tide(c: Canvas) -> str:
    """A low sun over waves."""
    p, h, d = c.palette, c.height, c.random
    at, r = (c.width * d.between(0.36, 0.64), h * 0.46), 84.0
    waves = []
    for k, fill in enumerate((p.main, p.deep, p.main, p.deep)):
        y, shift = h * (0.54 + 0.12 * k), d.between(0, 60)
        crest = "".join("q22 -15 44 0t44 0" for _ in range(5))
        waves.append(path(f"M{-88 + shift:.0f} {y:.0f}{crest}V{y + h * 0.2:.0f}H-90z", fill))
    halo = circle(at, r + 34, p.accent, opacity=0.22) + circle(at, r + 16, p.accent, opacity=0.3)
    return halo + circle(at, r, p.accent) + "".join(waves)


def window(c: Canvas) -> str:
    """A lit window in a dark house front."""
    p, h, d = c.palette, c.height, c.random
    lit = d.below(9)
    panes = []
    for k in range(9):
        x, y = 42.0 + 78 * (k % 3), h * (0.08 + 0.31 * (k // 3))
        size = (60.0, h * 0.22)
        panes.append(rect((x, y), size, p.accent if k == lit else p.deep, rx=2))
        panes.append(rect((x - 6, y + size[1]), (72, 6), p.main))
        bars = ((x + 28.5, y, 3.0, size[1]), (x, y + size[1] * 0.42, 60.0, 3.0))
        panes.extend(rect((bx, by), (bw, bh), p.ground) for bx, by, bw, bh in bars)
        if k == lit:
            foot = y + size[1]
            panes.append(circle((x + 19, foot - 40), 8, p.ground))
            panes.append(path(f"M{x + 5:.0f} {foot:.0f}v-17q0 -13 14 -13t14 13v17z", p.ground))
    return "".join(panes)
