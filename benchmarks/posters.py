"""How long a poster takes to draw: `python benchmarks/posters.py`."""

from __future__ import annotations

from statistics import quantiles
from time import perf_counter

from webui.posters import Faces, PosterSpec, draw
from webui.posters.scenes.scene_by_genre import SCENES

TITLES = ("Heat", "The Lord of the Rings: The Fellowship of the Ring", "七人の侍", "x" * 200)


def main() -> None:
    faces, genres, taken = Faces.load(), tuple(SCENES), []
    for number in range(2000):
        chosen = tuple(genres[(number * step) % len(genres)] for step in (1, 5, 7))
        subject = PosterSpec(number, TITLES[number % len(TITLES)], 1930 + number % 90, chosen)
        start = perf_counter()
        draw(subject, faces)
        taken.append((perf_counter() - start) * 1000)
    cuts = quantiles(taken, n=100)
    print(f"poster: median {cuts[49]:.2f} ms, p95 {cuts[94]:.2f} ms, p99 {cuts[98]:.2f} ms")


if __name__ == "__main__":
    main()
