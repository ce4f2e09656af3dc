"""The step `embeddings`: embeddings of movies and users, and item-item similarities."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
from pyspark.sql import functions as F

from offline.embeddings.item_similarity import item_similarities
from offline.embeddings.lsh_report import LshConfig, lsh_report
from offline.embeddings.registry import EMBEDDINGS, parse_embedding_names
from offline.embeddings.vectors.entity_vectors import EntityVectors, collect_embedding
from offline.embeddings.vectors.index import save_with_index
from offline.features.event_table import read_table
from offline.runtime.step import RunContext, Step
from sparrow.settings import Settings
from sparrow.signals.loading import SIMILARITIES
from sparrow.vectors.embedding import Embedding

LSH_EMBEDDING, LSH = "item2vec", LshConfig()


def step(settings: Settings) -> Step:
    """Embeddings for recall.

    Raises ConfigurationError when the setting names one that there is not.
    """
    names = spark_embeddings(settings)
    parameters = {
        "embeddings": {name: EMBEDDINGS[name].parameters for name in names},
        "seed": settings.seed,
        "like_threshold": settings.like_threshold,
        "lsh": asdict(LSH),
        "ann_min_items": settings.ann_min_items,
    }
    doc = f"vectors for recall: {', '.join(names)}"
    return Step("embeddings", doc, run, parameters=parameters)


def run(context: RunContext, folder: Path) -> None:
    """Writes `<name>/movies` (`sparrow.vectors.embedding`) and `<name>/users` (Parquet).

    `<name>/missing.json` lists the movies without a vector, `lsh.json` the recall and cost of LSH
    (`offline.embeddings.lsh_report`). Each item-item similarity is a folder of its own
    (`sparrow.vectors.item_weights`).
    """
    settings = context.settings
    ratings = read_table(context.spark, context.tables, "ratings").cache()
    likes = ratings.where(F.col("rating") >= settings.like_threshold)
    for name in spark_embeddings(settings):
        build = EMBEDDINGS[name]
        rows = likes if build.uses_likes_only else ratings
        made = build.make(rows, build.config, settings.seed)
        embedding = _write(folder / name, made, context)
        if name == LSH_EMBEDDING and len(embedding.ids) > 1:
            _hash(embedding, folder, context)
    for name, similarity in item_similarities(ratings, context.console).items():
        similarity.save(folder / name)
    ratings.unpersist()


def spark_embeddings(settings: Settings) -> tuple[str, ...]:
    """Names in SPARROW_EMBEDDINGS that this step makes."""
    return tuple(name for name in parse_embedding_names(settings.embeddings) if name in EMBEDDINGS)


def output_folders(folder: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    """Folders of the finished step, by embedding and by similarity."""
    embeddings = {name: folder / name for name in EMBEDDINGS if (folder / name).exists()}
    return embeddings, {name: folder / name for name in SIMILARITIES}


def _hash(embedding: Embedding, folder: Path, context: RunContext) -> None:
    report = lsh_report(context.spark, embedding, LSH, context.settings.seed)
    report.save(folder / "lsh.json")
    for line in report.lines():
        context.console.print(f"  {line}", highlight=False)


def _write(folder: Path, made: EntityVectors, context: RunContext) -> Embedding:
    made.users.write.parquet(str(folder / "users"))
    made.movies.write.parquet(str(folder / "movie_parts"))
    embedding = collect_embedding(folder / "movie_parts")
    save_with_index(embedding, folder, context)
    catalogue = ds.dataset(context.tables.path("movies")).to_table(columns=["movie_id"])
    missing = np.setdiff1d(catalogue["movie_id"].to_numpy(), embedding.ids)
    (folder / "missing.json").write_text(json.dumps(missing.tolist()))
    return embedding
