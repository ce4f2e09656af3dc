"""The step `content`: content embeddings, and vectors predicted from them for cold-start movies.

A movie with too few ratings has no vector, or a noisy one, in the embeddings learnt from ratings.
A ridge regression from content to each of them is fitted on movies with enough ratings.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from offline.embeddings import step as embeddings
from offline.embeddings.content.cold_start_mapping import MIN_MOVIES, RIDGE_ALPHAS, fit_mapping
from offline.embeddings.content.content_vectors import ContentConfig, content_vectors
from offline.runtime.step import RunContext, Step
from sparrow.arrays import Int
from sparrow.dataset.tables import DatasetTables
from sparrow.settings import Settings
from sparrow.vectors.cold_start import COLD_START_THRESHOLD, CONTENT_EMBEDDING, mapped_embedding
from sparrow.vectors.embedding import Embedding

CONFIG = ContentConfig()
MAPPED_EMBEDDINGS = ("als", "item2vec")  # embeddings of ratings that cold movies are mapped to
FILE = "ridge_alphas.json"


def step(settings: Settings) -> Step:
    """Content embeddings, and vectors of cold-start movies in the other embeddings."""
    return Step(
        "content",
        "vectors of genres, years, tags and titles; cold movies mapped",
        run,
        depends_on=("embeddings",),
        parameters={
            "content": asdict(CONFIG),
            "cold": COLD_START_THRESHOLD,
            "ridge_alphas": RIDGE_ALPHAS,
            "seed": settings.seed,
        },
    )


def run(context: RunContext, folder: Path) -> None:
    """Writes `output_folders` and FILE: the ridge penalty of each mapping, null without one."""
    movies = read_movies(context.tables)
    ids = movies["movie_id"].to_numpy()
    vectors = content_vectors(movies, read_tags(context.tables, ids), CONFIG, context.settings.seed)
    content = Embedding(ids, vectors)
    content.save(folder / CONTENT_EMBEDDING)
    counts = rating_counts(context.tables, ids)
    ridge_alphas = {}
    vectors_of, _ = embeddings.output_folders(context.output_of("embeddings"))
    for name in [name for name in MAPPED_EMBEDDINGS if name in vectors_of]:
        learnt = Embedding.load(vectors_of[name] / "movies")
        cold, ridge_alphas[name] = map_cold_start(content, learnt, counts)
        cold.save(folder / mapped_embedding(name))
    (folder / FILE).write_text(json.dumps(ridge_alphas))


def output_folders(folder: Path) -> dict[str, Path]:
    """Folders of the finished step, by embedding."""
    names = (CONTENT_EMBEDDING, *(mapped_embedding(space) for space in MAPPED_EMBEDDINGS))
    return {name: folder / name for name in names if (folder / name).exists()}


def map_cold_start(
    content: Embedding, learnt: Embedding, counts: Int
) -> tuple[Embedding, float | None]:
    """Vectors of cold-start movies in the space of `learnt`, and the mapping's ridge penalty.

    `counts` (movies,) are the ratings of each movie of `content`. The mapping is fitted on movies
    that are not cold and have a vector in `learnt`; with fewer than MIN_MOVIES of them there is no
    mapping and no vector.
    """
    row = learnt.rows(content.ids)
    teaches, cold = (row >= 0) & (counts >= COLD_START_THRESHOLD), counts < COLD_START_THRESHOLD
    if teaches.sum() < MIN_MOVIES or not cold.any():
        nothing = np.empty((0, learnt.vectors.shape[1]), dtype=np.float32)
        return Embedding(content.ids[:0], nothing), None
    ridge = fit_mapping(content.vectors[teaches], learnt.vectors[row[teaches]])
    predicted = ridge.predict(content.vectors[cold].astype(np.float64))
    return Embedding(content.ids[cold], predicted.astype(np.float32)), float(ridge.alpha_)


def read_movies(tables: DatasetTables) -> pd.DataFrame:
    """movie_id, title, year (NaN where unknown) and genres of the catalogue, ascending by id."""
    columns = ["movie_id", "title", "year", "genres"]
    table = ds.dataset(tables.path("movies")).to_table(columns=columns)
    movies: pd.DataFrame = table.sort_by("movie_id").to_pandas()
    return movies


def read_tags(tables: DatasetTables, ids: Int) -> pd.DataFrame:
    """What `content_vectors` reads of tags; `ids` are the movies, ascending."""
    table = ds.dataset(tables.path("tags")).to_table(columns=["movie_id", "tag", "user_id"])
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(table["tag"]))
    table = table.set_column(1, "tag", lower).filter(pc.is_in(table["movie_id"], pa.array(ids)))
    given = table.group_by(["movie_id", "tag"]).aggregate([("user_id", "count_distinct")])
    return pd.DataFrame(
        {
            "row": np.searchsorted(ids, given["movie_id"].to_numpy()),
            "tag": given["tag"].to_pandas(),
            "users": given["user_id_count_distinct"].to_numpy(),
        }
    )


def rating_counts(tables: DatasetTables, ids: Int) -> Int:
    """Ratings of each of the movies `ids`, ascending; read in batches to bound memory."""
    counts = np.zeros(len(ids), dtype=np.int64)
    for batch in ds.dataset(tables.path("ratings")).to_batches(columns=["movie_id"]):
        rated = batch.column("movie_id").to_numpy()
        counts += np.bincount(np.searchsorted(ids, rated), minlength=len(ids))
    return counts
