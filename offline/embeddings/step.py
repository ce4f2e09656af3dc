"""The step `embeddings`: vectors of movies and users for recall, and similarities of movies."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
from pyspark.sql import functions as F

from offline.embeddings.item_similarity import co_ratings
from offline.embeddings.lsh_report import LshConfig, lsh_report
from offline.embeddings.registry import BUILDS, names_in
from offline.embeddings.vectors.entity_vectors import Recalled, collect_embedding
from offline.embeddings.vectors.index import save_movies
from offline.features.event_table import read
from offline.runtime.step import Step, Workspace
from sparrow.settings import Settings
from sparrow.signals.loading import SIMILARITIES
from sparrow.vectors.embedding import Embedding

HASHED, LSH = "item2vec", LshConfig()


def step(settings: Settings) -> Step:
    """Embeddings for recall.

    Raises ConfigurationError when the setting names one that there is not.
    """
    names = of_ratings(settings)
    parameters = {
        "embeddings": {name: BUILDS[name].parameters for name in names},
        "seed": settings.seed,
        "like_threshold": settings.like_threshold,
        "lsh": asdict(LSH),
        "index_from": settings.index_from,
        "index": settings.index,
    }
    doc = f"vectors for recall: {', '.join(names)}"
    return Step("embeddings", doc, run, parameters=parameters)


def run(space: Workspace, folder: Path) -> None:
    """Writes `<name>/movies` (`sparrow.vectors.embedding`) and `<name>/users` (Parquet) of each embedding.

    `<name>/missing.json` lists the movies that have no vector, `lsh.json` says what hashing would
    cost (`offline.embeddings.lsh_report`). Similarities are folders of their own name (`sparrow.vectors.item_weights`).
    """
    settings = space.settings
    ratings = read(space.spark, space.tables, "ratings").cache()
    likes = ratings.where(F.col("rating") >= settings.like_threshold)
    for name in of_ratings(settings):
        build = BUILDS[name]
        rows = likes if build.of_likes else ratings
        made = build.make(rows, build.config, settings.seed)
        embedding = _write(folder / name, made, space)
        if name == HASHED and len(embedding.ids) > 1:
            _hash(embedding, folder, space)
    for name, similarity in co_ratings(ratings, space.console).items():
        similarity.save(folder / name)
    ratings.unpersist()


def of_ratings(settings: Settings) -> tuple[str, ...]:
    """The embeddings that this step makes, of those that the setting names."""
    return tuple(name for name in names_in(settings.embeddings) if name in BUILDS)


def parts_of(folder: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    """The folders that the finished step made: by embedding, and by similarity."""
    embeddings = {name: folder / name for name in BUILDS if (folder / name).exists()}
    return embeddings, {name: folder / name for name in SIMILARITIES}


def _hash(embedding: Embedding, folder: Path, space: Workspace) -> None:
    report = lsh_report(space.spark, embedding, LSH, space.settings.seed)
    report.save(folder / "lsh.json")
    for line in report.lines():
        space.console.print(f"  {line}", highlight=False)


def _write(folder: Path, made: Recalled, space: Workspace) -> Embedding:
    made.users.write.parquet(str(folder / "users"))
    made.movies.write.parquet(str(folder / "movie_parts"))
    embedding = collect_embedding(folder / "movie_parts")
    save_movies(embedding, folder, space)
    catalogue = ds.dataset(space.tables.path("movies")).to_table(columns=["movie_id"])
    missing = np.setdiff1d(catalogue["movie_id"].to_numpy(), embedding.ids)
    (folder / "missing.json").write_text(json.dumps(missing.tolist()))
    return embedding
