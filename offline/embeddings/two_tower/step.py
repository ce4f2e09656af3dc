"""The step `retrieval`: two towers fitted on the past, evaluated on validation, fitted on all.

The released towers are trained on all ratings; their recall is that of towers that were trained on
the train split only.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as ds

from offline.embeddings.registry import parse_embedding_names
from offline.embeddings.vectors.index import save_with_index
from offline.features.step import load_feature_set
from offline.runtime.step import RunContext, Step
from sparrow.arrays import Int
from sparrow.settings import Settings
from sparrow.vectors.cold_start import TWO_TOWER
from sparrow.vectors.embedding import Embedding

MAX_RATINGS = 1_000_000  # that are learnt from, and are in memory
MAX_QUERIES = 5_000  # ratings of the validation split that are to be predicted
VALIDATION = "validation.json"

YEAR, DECADES = 1980.0, 20.0  # middle and scale of release years


def step(settings: Settings) -> Step:
    """The towers; their configuration is code, which counts anyway."""
    return Step(
        "retrieval",
        "two towers for recall",
        run,
        depends_on=("features", "samples-time"),
        parameters={"seed": settings.seed, "ann_min_items": settings.ann_min_items},
    )


def enabled(settings: Settings) -> bool:
    """Whether a release by these settings has the towers."""
    return TWO_TOWER in parse_embedding_names(settings.embeddings)


def run(context: RunContext, folder: Path) -> None:
    """Writes towers and movie vectors (`sparrow.vectors.embedding`) to `TWO_TOWER/movies`."""
    from offline.embeddings.two_tower import validation_recall
    from offline.embeddings.two_tower.config import TwoTowerConfig
    from offline.embeddings.two_tower.fit import fit_two_tower
    from offline.embeddings.two_tower.sequence_reader import ValidationQueries, read_sequences

    movie_ids, content = _movies(context)
    config, seed = TwoTowerConfig(), context.settings.seed
    ratings = ds.dataset(context.tables.path("ratings"))
    samples = context.output_of("samples-time")

    train = read_sequences(ds.dataset(samples / "train"), movie_ids, MAX_RATINGS, seed)
    towers = fit_two_tower(train, content, config, seed)
    later = ds.dataset(samples / "validation").head(
        MAX_QUERIES, columns=["user_id", "movie_id", "timestamp"]
    )
    queries = ValidationQueries.of(later, ratings, movie_ids)
    figures = {TWO_TOWER: validation_recall.recall(queries, validation_recall.tower_scores(towers))}
    figures |= validation_recall.baselines(train, queries, len(movie_ids), seed)

    everything = read_sequences(ratings, movie_ids, MAX_RATINGS, seed)
    towers = fit_two_tower(everything, content, config, seed, initial=towers)
    target = folder / TWO_TOWER
    save_with_index(Embedding(movie_ids, towers.item_vectors), target, context)
    (target / VALIDATION).write_text(json.dumps(figures))
    towers.save(target / "movies")
    reached = ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
    context.console.print(
        f"  recall@100 of {len(queries):,} ratings of the validation split: {reached}",
        highlight=False,
    )


def _movies(context: RunContext) -> tuple[Int, np.ndarray]:
    """Ids of the catalogue, ascending, and what is known without ratings: genres and year."""
    names = load_feature_set(context.output_of("features")).genres
    columns = ["movie_id", "genres", "year"]
    table = ds.dataset(context.tables.path("movies")).to_table(columns=columns).sort_by("movie_id")
    genres = table["genres"].combine_chunks()
    row = pc.list_parent_indices(genres).to_numpy()
    name = pc.list_flatten(genres).to_numpy(zero_copy_only=False)
    content = np.zeros((len(table), len(names) + 1), dtype=np.float32)
    for place, genre in enumerate(names):
        content[row[name == genre], place] = 1.0
    year = table["year"].cast("float64").to_numpy()
    content[:, -1] = np.nan_to_num((year - YEAR) / DECADES)
    return table["movie_id"].to_numpy(), content


def metrics_of(folder: Path) -> dict[str, float]:
    """What a finished step reached on validation, and what the baselines did."""
    figures: dict[str, float] = json.loads((folder / TWO_TOWER / VALIDATION).read_text())
    return {f"{name}_validation_recall@100": value for name, value in figures.items()}
