"""An embedding's movies on disk, with an index beside them where there are enough to need one."""

from __future__ import annotations

import json
from pathlib import Path

from offline.runtime.step import RunContext
from sparrow.vectors.embedding import Embedding
from sparrow.vectors.index import build_index

METRICS_FILE = "figures.json"


def save_with_index(embedding: Embedding, folder: Path, context: RunContext) -> None:
    """Writes the embedding and its index to `folder/movies`, and prints the index's recall.

    The recall is written to `folder/METRICS_FILE` too, which is empty where search is exact.
    """
    target = folder / "movies"
    embedding.save(target)
    recall = build_index(target, embedding.vectors, context.settings.ann_min_items)
    if recall is not None:
        context.console.print(
            f"  {folder.name}: an index of {len(embedding.ids):,} movies, which finds "
            f"{recall:.1%} of the 100 that exact search finds",
            highlight=False,
        )
    figures = {} if recall is None else {"recall@100": recall}
    (folder / METRICS_FILE).write_text(json.dumps(figures))


def index_metrics(folders: dict[str, Path]) -> dict[str, dict[str, float]]:
    """By `index_<embedding>`, the figures of each that has an index."""
    read = {
        name: json.loads((folder / METRICS_FILE).read_text()) for name, folder in folders.items()
    }
    return {f"index_{name}": figures for name, figures in read.items() if figures}
