"""An embedding of many movies is saved with its index, and says how good that is."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from offline.embeddings.vectors.index import index_metrics, save_with_index
from offline.runtime.step import RunContext
from sparrow.settings import Settings
from sparrow.vectors.embedding import Embedding
from sparrow.vectors.item_vectors import ItemVectors

MATRIX = np.random.default_rng(1).normal(size=(150, 5)).astype(np.float32)
IDS = np.arange(150) * 3


@pytest.mark.parametrize("ann_min_items", [150, 151])
def test_an_index_is_built_from_so_many_movies_on(tmp_path: Path, ann_min_items: int) -> None:
    said = io.StringIO()
    space = RunContext(Settings(ann_min_items=ann_min_items), Console(file=said, width=200))
    folder = tmp_path / "als"
    save_with_index(Embedding(IDS, MATRIX), folder, space)
    served = ItemVectors.load(folder / "movies", IDS)
    if ann_min_items > len(IDS):
        assert index_metrics({"als": folder}) == {}
        assert served.indexed is None
        assert said.getvalue() == ""
    else:
        assert index_metrics({"als": folder}) == {
            "index_als": {"recall@100": pytest.approx(1, abs=0.05)}
        }
        assert served.indexed is not None
        assert "als: an index of 150 movies" in said.getvalue()
