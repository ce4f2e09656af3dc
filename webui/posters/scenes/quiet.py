"""Scenes of quiet moments, and of one that is none: one function a motif, canvas → SVG."""

from __future__ import annotations

from webui.posters.drawing.shapes import Canvas, circle, ellipse, line, path, polygon, rect


def road(c: Canvas) -> str:
    """A straight road to a low sun, along telegraph poles."""
    p, h, d = c.palette, c.height, c.random
    x, far = c.width * d.between(0.4, 0.6), h * 0.6
    sun = circle((x, far), 70, p.accent) + circle((x, far), 96, p.accent, opacity=0.2)
    plain = rect((0, far), (c.width, h - far + 4), p.deep)
    way = polygon([(x - 5, far), (x + 5, far), (x + 108, h + 4), (x - 108, h + 4)], p.ground)
    dashes = "".join(
        polygon([(x - w, y), (x + w, y), (x + w * 1.5, y + tall), (x - w * 1.5, y + tall)], p.glow)
        for y, w, tall in (
            (far + (h - far) * share, 1 + 5 * share, 4 + 22 * share)
            for share in (0.06, 0.2, 0.44, 0.8)
        )
    )
    side = d.below(2) * 2 - 1
    poles = []
    for near in (1.0, 0.56, 0.3, 0.16):
        foot, tall = far + (h - far) * near * 0.72, 240 * near
        at = x + side * (20 + 128 * near)
        poles.append(line([(at, foot), (at, foot - tall)], p.main, 1 + 6 * near))
        beam = foot - tall * 0.86
        poles.append(line([(at - 26 * near, beam), (at + 26 * near, beam)], p.main, 1 + 4 * near))
    return sun + plain + way + dashes + "".join(poles)


def tree(c: Canvas) -> str:
    """A tree on a hill that loses its leaves to the wind."""
    p, h, d = c.palette, c.height, c.random
    x, foot, side = c.width * d.between(0.4, 0.6), h * 0.84, d.below(2) * 2 - 1
    hill = ellipse((c.width / 2, h * 1.12), (c.width * 0.78, h * 0.3), p.deep)
    trunk = path(f"M{x - 9:.0f} {foot:.0f}Q{x - 2:.0f} {h * 0.66:.0f} {x - 5:.0f} {h * 0.5:.0f}h9"
                 f"Q{x + 2:.0f} {h * 0.66:.0f} {x + 11:.0f} {foot:.0f}z", p.glow)  # fmt: skip
    crown = "".join(
        circle((x + dx, h * 0.36 + dy), r, fill)
        for dx, dy, r, fill in (
            (-52, 18, 42, p.main), (50, 20, 44, p.main), (0, -22, 58, p.main),
            (4, 26, 48, p.main), (-22, -10, 40, p.accent), (28, 12, 32, p.accent),
        )
    )  # fmt: skip
    leaves = "".join(
        ellipse(
            (lx, ly),
            (7, 3.6),
            p.accent if k % 2 else p.main,
            transform=f"rotate({turn} {lx:.0f} {ly:.0f})",
        )
        for k in range(16)
        for lx, ly, turn in [
            (x + side * d.between(60, 170), d.between(h * 0.2, h * 0.9), d.below(180))
        ]
    )
    return hill + trunk + crown + leaves


def boat(c: Canvas) -> str:
    """A sailing boat on still water, and its reflection."""
    p, h, d = c.palette, c.height, c.random
    x, sea = c.width * d.between(0.4, 0.6), h * 0.68
    moon = circle((c.width * (0.22 if x > c.width / 2 else 0.78), h * 0.24), 34, p.accent)
    sails = polygon([(x, h * 0.16), (x, sea - 24), (x + 84, sea - 24)], p.glow) + polygon(
        [(x - 8, h * 0.28), (x - 8, sea - 24), (x - 58, sea - 24)], p.main
    )
    hull = path(f"M{x - 74:.0f} {sea - 16:.0f}h160q-16 30 -44 30h-76q-30 0 -40 -30z", p.accent)
    water = rect((0, sea + 8), (c.width, h - sea), p.deep)
    glints = "".join(
        rect((x + d.between(-70, 30) - 10 * k, sea + 18 + 15 * k), (60 + 16 * k, 4), p.main, rx=2)
        for k in range(int((h - sea - 18) / 15))
    )
    return moon + sails + hull + water + glints


def disguise(c: Canvas) -> str:
    """Spectacles with a nose, eyebrows and a moustache: nobody will know."""
    p, h, d = c.palette, c.height, c.random
    x, y = c.width / 2, h * 0.42
    disc = circle((x, h * 0.5), min(h * 0.42, 132), p.deep)
    glasses = "".join(
        circle((x + side * 54, y), 42, p.ground, stroke=p.glow, stroke_width=9)
        + circle((x + side * 54 + d.between(-12, 12), y + 4), 10, p.glow)
        for side in (-1, 1)
    )
    bridge = path(f"M{x - 14:.0f} {y - 8:.0f}q14 -14 28 0", stroke=p.glow, stroke_width=9)
    arched = d.between(16, 30)
    brows = "".join(
        path(
            f"M{x + side * 20:.0f} {y - 54:.0f}q{side * 34} {-arched:.0f} {side * 76} 2",
            stroke=p.glow,
            stroke_width=15,
            stroke_linecap="round",
        )
        for side in (-1, 1)
    )
    nose = path(f"M{x - 12:.0f} {y + 4:.0f}q-24 62 12 62t12 -62z", p.accent)
    whiskers = "".join(
        path(
            f"M{x:.0f} {y + 72:.0f}q{side * 40} -24 {side * 78} 26"
            f"q{-side * 40} 12 {-side * 78} -4z",
            p.glow,
        )
        for side in (-1, 1)
    )
    return disc + glasses + bridge + brows + nose + whiskers
