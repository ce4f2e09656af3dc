"""Scenes of fun: one function a motif, canvas → SVG."""

from __future__ import annotations

from webui.posters.drawing.shapes import Canvas, around, circle, ellipse, path, polygon, rect


def bouncing(c: Canvas) -> str:
    """A ball caught at every moment of its bounces."""
    p, h, d = c.palette, c.height, c.random
    floor = h * 0.8
    reach, tops = d.between(96, 116), (h * d.between(0.4, 0.5), h * d.between(0.58, 0.68))
    trail = []
    for hop, (top, fill) in enumerate(zip(tops, (p.glow, p.accent), strict=True)):
        start, width = (-20.0, reach) if hop == 0 else (reach - 20, 300 - reach + 40)
        for k in range(9):
            t = k / 8
            at = (start + width * t, floor - 22 - 4 * top * t * (1 - t))
            trail.append(circle(at, 23, fill, opacity=round(0.2 + 0.8 * (k / 8) ** 2, 2)))
    ground = rect((0, floor), (c.width, h - floor + 4), p.deep)
    twinkles = "".join(
        polygon([around((x, y), 12 if k % 2 else 5, k * 45 + 45) for k in range(8)], p.accent)
        for x, y in ((36, h * 0.16), (150 + d.between(-30, 30), h * 0.1), (80, h * 0.3))
    )
    return ground + twinkles + "".join(trail)


def rainbow(c: Canvas) -> str:
    """A rainbow between two clouds."""
    p, h = c.palette, c.height
    at = (c.width / 2, h * 0.82)
    fills = (p.main, p.ground, p.accent, p.ground, p.glow, p.ground)
    bows = "".join(circle(at, 138.0 - 19 * k, fill) for k, fill in enumerate(fills))
    sun = circle((c.width * c.random.between(0.18, 0.82), h * 0.17), 27, p.accent)
    meadow = path(
        f"M0 {h + 4:.0f}V{at[1]:.0f}Q150 {h * 0.74:.0f} 300 {at[1]:.0f}V{h + 4:.0f}z", p.deep
    )
    clouds = "".join(
        circle((x, at[1] + 2), 26, "#fff")
        + circle((x + 27, at[1] + 8), 20, "#fff")
        + circle((x - 27, at[1] + 8), 20, "#fff")
        for x in (36, 264)
    )
    return sun + bows + meadow + clouds


def sunburst(c: Canvas) -> str:
    """A grin in front of rays."""
    p, h = c.palette, c.height
    at, count, turn = (c.width / 2, h * 0.53), 16, c.random.between(0, 20)
    rays = "".join(
        polygon(
            [
                at,
                around(at, 420, turn + k * 360 / count),
                around(at, 420, turn + (k + 0.5) * 360 / count),
            ],
            p.deep,
        )
        for k in range(count)
    )
    r, tilt = min(h * 0.31, 96), c.random.between(-14, 14)
    grin = path(
        f"M{at[0] - r * 0.56:.0f} {at[1] + r * 0.14:.0f}h{r * 1.12:.0f}"
        f"a{r * 0.56:.0f} {r * 0.56:.0f} 0 0 1 {-r * 1.12:.0f} 0z",
        p.glow,
    )
    eyes = "".join(
        ellipse((at[0] + side * r * 0.34, at[1] - r * 0.26), (r * 0.1, r * 0.17), p.glow)
        for side in (-1, 1)
    )
    face = circle(at, r, p.main) + eyes + grin
    return f'{rays}<g transform="rotate({tilt:.0f} {at[0]:.0f} {at[1]:.0f})">{face}</g>'


def balloons(c: Canvas) -> str:
    """Balloons on their strings."""
    p, h, d = c.palette, c.height, c.random
    hand = (c.width / 2 + d.between(-30, 30), h * 1.02)
    bunch = []
    for k, (x, y) in enumerate(((64, 0.46), (236, 0.42), (112, 0.24), (190, 0.2), (152, 0.44))):
        at = (x + d.between(-10, 10), h * y + d.between(-10, 10))
        fill = (p.main, p.accent, p.accent, p.main, p.glow)[k]
        foot = at[1] + 52
        bunch.append(
            path(
                f"M{at[0]:.0f} {foot:.0f}Q{at[0]:.0f} {h * 0.82:.0f} {hand[0]:.0f} {hand[1]:.0f}",
                stroke=p.glow,
                stroke_width=2,
            )
            + ellipse(at, (40, 49), fill)
            + polygon([(at[0], foot - 6), (at[0] - 8, foot + 6), (at[0] + 8, foot + 6)], fill)
            + ellipse(
                (at[0] - 14, at[1] - 18),
                (7, 12),
                p.ground,
                opacity=0.55,
                transform=f"rotate(28 {at[0] - 14:.0f} {at[1] - 18:.0f})",
            )
        )
    return circle((c.width / 2, h * 0.5), 146, p.deep) + "".join(bunch)
