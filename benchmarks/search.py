"""How long a search over titles takes: `python benchmarks/search.py [TITLES …]`.

Titles are synthetic, of words as common as Zipf's law makes them, each word of random syllables.
Queries are words of titles: whole, begun, with a letter wrong, with a year, and all of a long one.
"""

from __future__ import annotations

import argparse
from itertools import chain
from time import perf_counter

import numpy as np

from online.catalogue.search.title_index import SearchIndex

SIZES = (1_700, 62_000)  # of ml-100k and ml-25m
WORDS = 45_000  # in the titles of ml-25m
SYLLABLES = [first + vowel for first in "bcdfghjklmnprstvwz" for vowel in "aeiou"]


def titles(count: int, random: np.random.Generator) -> list[str]:
    """Titles of one to eight words."""
    parts = random.choice(SYLLABLES, size=(WORDS, 4))
    words = np.array(["".join(row[: 1 + n % 4]) for n, row in enumerate(parts)])
    chance = 1 / np.arange(1, WORDS + 1)
    chance /= chance.sum()
    lengths = random.integers(1, 9, size=count)
    drawn = words[random.choice(WORDS, size=lengths.sum(), p=chance)]
    return [" ".join(title) for title in np.split(drawn, np.cumsum(lengths)[:-1])]


def mistyped(word: str, random: np.random.Generator) -> str:
    """The word with one letter wrong."""
    at = int(random.integers(len(word)))
    return word[:at] + "x" + word[at + 1 :]


def queries(title: str, random: np.random.Generator) -> dict[str, str]:
    """What may be typed for a title, by kind."""
    word = max(title.split(), key=len)
    return {
        "whole title": title,
        "one letter": word[0],
        "beginning": word[:3],
        "wrong letter": mistyped(word, random),
        "wrong letter each": " ".join(mistyped(word, random) for word in title.split()),
        "year": f"{word} y:1990-1999",
        "nothing like it": f"{title} xqxqxq",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, metavar="TITLES")
    parser.add_argument("--queries", type=int, default=200)
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    print(f"{'titles':>8}  {'query':<18}{'p50':>9}{'p95':>9}")
    for size in arguments.sizes:
        made = titles(size, random)
        years = random.integers(1900, 2020, size=size).tolist()
        index = SearchIndex(made, years, random.permutation(size))
        times: dict[str, list[float]] = {}
        for place in random.integers(size, size=arguments.queries):
            for kind, text in queries(made[place], random).items():
                start = perf_counter()
                index.find(text)
                times.setdefault(kind, []).append(1000 * (perf_counter() - start))
        for kind, taken in {**times, "all": [*chain(*times.values())]}.items():
            p50, p95 = np.quantile(taken, [0.5, 0.95])
            print(f"{size:>8,}  {kind:<18}{p50:>6.1f} ms{p95:>6.1f} ms", flush=True)


if __name__ == "__main__":
    main()
