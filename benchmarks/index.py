"""Exact search against HNSW by number of vectors: latency as a ratio, recall, build time.

Vectors are synthetic, but as ALS makes them of ml-100k: directions of decreasing strength, a common
part, and unequal lengths. Queries are means of a few of them, as users are.

usage: python benchmarks/index.py [VECTORS …] [--dimensions 48] [--queries 200]
"""

from __future__ import annotations

import argparse
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from sparrow.vectors.index import ExactIndex, HnswIndex, Index, recall

SIZES = (2_000, 10_000, 20_000, 50_000, 100_000, 1_000_000)
DECAY = 0.4  # the strength of the n-th direction is n^-DECAY
COMMON = 0.4  # the length of the common part against a vector's
LENGTHS = 0.3  # standard deviation of the logarithm of lengths


def vectors(count: int, dimensions: int, random: np.random.Generator) -> np.ndarray:
    """(count, dimensions) float32."""
    strength = np.arange(1, dimensions + 1) ** -DECAY
    mixed = random.normal(size=(count, dimensions), scale=strength)
    mixed[:, 0] += COMMON * np.linalg.norm(strength)
    return (mixed * random.lognormal(0.0, LENGTHS, size=(count, 1))).astype(np.float32)


def p50(index: Index, queries: np.ndarray, k: int) -> float:
    """Median seconds of a search."""
    times = []
    for query in queries:
        start = perf_counter()
        index.search(query, k)
        times.append(perf_counter() - start)
    return float(np.median(times))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, metavar="VECTORS")
    parser.add_argument("--dimensions", type=int, default=48)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--k", type=int, default=300, help="candidates of a recall source")
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    print(f"{'vectors':>9}  {'exact / HNSW':>12}  {'recall@100':>10}  {'build':>7}")
    for size in arguments.sizes:
        matrix = vectors(size, arguments.dimensions, random)
        queries = matrix[random.integers(0, size, (arguments.queries, 10))].mean(axis=1)
        exact = ExactIndex(matrix)
        start = perf_counter()
        index = HnswIndex.build(matrix)
        seconds = perf_counter() - start
        with threadpool_limits(1):
            ratio = p50(exact, queries, arguments.k) / p50(index, queries, arguments.k)
        share = recall(index, exact, queries[:100])
        print(f"{size:>9,}  {ratio:>11.2f}×  {share:>10.3f}  {seconds:>5.1f} s", flush=True)


if __name__ == "__main__":
    main()
