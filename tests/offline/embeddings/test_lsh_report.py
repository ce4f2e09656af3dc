"""What hashing finds, beside what plain loops over the same buckets find."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from offline.embeddings.lsh_report import LshConfig, lsh_report, nearest
from offline.runtime.step import RunContext
from sparrow.vectors.embedding import Embedding

pytestmark = pytest.mark.spark


def embedding(movies: int = 60) -> Embedding:
    vectors = np.random.default_rng(3).normal(size=(movies, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Embedding(np.arange(movies) * 2 + 1, vectors.astype(np.float32))


def test_more_tables_find_more_and_compare_more(space: RunContext, tmp_path: Path) -> None:
    config = LshConfig(bucket_length=0.2, tables=(1, 4, 40), queries=30)
    report = lsh_report(space.spark, embedding(), config, seed=1)
    assert (report.neighbours, report.queries, report.movies) == (14, 30, 60)
    one, few, many = report.results
    assert 0 < one.recall < few.recall < many.recall
    assert one.recall > one.fraction_compared  # better than chance
    assert many.recall > 0.99
    assert one.fraction_compared < few.fraction_compared < many.fraction_compared < 1
    report.save(tmp_path / "lsh.json")
    assert json.loads((tmp_path / "lsh.json").read_text())["results"][0]["recall"] == one.recall
    assert f"4 hash tables: recall@14 {few.recall:.3f}" in report.lines()[1]


def test_one_bucket_holds_everything(space: RunContext) -> None:
    config = LshConfig(bucket_length=1e6, tables=(30,), queries=1_000)
    (whole,) = lsh_report(space.spark, embedding(20), config, seed=1).results
    assert (whole.recall, whole.fraction_compared) == (1.0, pytest.approx(19 / 20))


def test_the_exact_neighbours() -> None:
    made = embedding(20)
    found = nearest(made, np.array([4, 7]), 3).to_pandas()
    cosine = made.vectors @ made.vectors.T
    for row in (4, 7):
        expected = made.ids[np.argsort(-cosine[row])[1:4]]  # the first is the movie itself
        assert sorted(found.movie[found["query"] == made.ids[row]]) == sorted(expected)
