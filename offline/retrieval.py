"""The step `retrieval`: two towers, trained on the past, judged on validation, trained on all.

What the release gets has seen every rating, as the other embeddings have; how good it is was asked
of towers that saw the train part alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from offline.indexing import save_movies
from offline.models.factorisation.als import fold_in, implicit_factors
from offline.recall.registry import names_in
from offline.steps import Step, Workspace
from sparrow.embedding import Embedding
from sparrow.events import Int
from sparrow.features import FeatureSet
from sparrow.settings import Settings
from sparrow.two_tower import FILE, HISTORY, NAME, NUMBERS, STARS, Reader, ViewerTower

if TYPE_CHECKING:
    from offline.recall.next_movies import Judge, NextMovies
    from offline.recall.two_tower_training import Towers

PARTS = ("train", "held_out", "validation", "test")
MOST_ROWS = 1_000_000  # ratings that are learnt from, and are in memory
MOST_ASKED = 5_000  # ratings of validation that are to be foreseen
VALIDATION = "validation.json"
JUDGED = "judged"
"""The folder of the towers that saw the train part alone; no release has it."""

_DECIDES = 1e-6  # weight of popularity between movies that ALS finds equal
YEAR, DECADES = 1980.0, 20.0  # middle and scale of release years


def step(settings: Settings) -> Step:
    """The towers; their configuration is code, which counts anyway."""
    return Step(
        "retrieval",
        "two towers for recall",
        run,
        needs=("features", "samples-time"),
        parameters={
            "seed": settings.seed,
            "index_from": settings.index_from,
            "index": settings.index,
        },
    )


def wanted(settings: Settings) -> bool:
    """Whether a release by these settings has the towers."""
    return NAME in names_in(settings.embeddings)


def run(space: Workspace, folder: Path) -> None:
    """Fills `NAME/` as the step `embeddings` fills its folders, with the viewers' tower in it."""
    from offline.recall.next_movies import Judge, NextMovies
    from offline.recall.two_tower import TwoTowerConfig
    from offline.recall.two_tower_training import train
    from offline.training.dataset import Samples

    samples = Samples.open(space.folder("samples-time"))
    movie_ids, content = _movies(space, samples.features)
    reader = Reader.of(samples.features, samples.encoding, movie_ids)
    config, seed = TwoTowerConfig(), space.settings.seed

    watched = NextMovies.read(samples, PARTS[:1], MOST_ROWS)
    towers = train(watched, reader, content, config, seed)
    asked = NextMovies.read(samples, ("validation",), MOST_ASKED)
    judge = Judge.of(asked, space.tables, movie_ids)
    figures = {NAME: judge.recall(towers.viewer(asked.rows), towers.movies)}
    figures |= baselines(watched, judge, movie_ids, seed)
    save_judged(towers, movie_ids, folder)

    everything = [part for part in PARTS if (samples.root / part).is_dir()]
    towers = train(NextMovies.read(samples, everything, MOST_ROWS), reader, content, config, seed)
    target = folder / NAME
    save_movies(Embedding(movie_ids, towers.movies), target, space)
    (target / VALIDATION).write_text(json.dumps(figures))
    towers.viewer.save(target / "movies" / FILE)
    _write_parts(target / "movie_parts", movie_ids, towers.movies)
    _write_users(space, samples.features, towers.viewer, target / "users")
    told = ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
    space.console.print(
        f"  recall@100 of what {len(asked):,} ratings of the validation part chose next: {told}",
        highlight=False,
    )


def _movies(space: Workspace, features: FeatureSet) -> tuple[Int, np.ndarray]:
    """Ids of the catalogue, ascending, and what is known without ratings: genres and year."""
    columns = ["movie_id", "genres", "year"]
    table = ds.dataset(space.tables.path("movies")).to_table(columns=columns).sort_by("movie_id")
    genres = table["genres"].combine_chunks()
    row = pc.list_parent_indices(genres).to_numpy()
    name = pc.list_flatten(genres).to_numpy(zero_copy_only=False)
    content = np.zeros((len(table), len(features.genres) + 1), dtype=np.float32)
    for place, genre in enumerate(features.genres):
        content[row[name == genre], place] = 1.0
    year = table["year"].cast("float64").to_numpy()
    content[:, -1] = np.nan_to_num((year - YEAR) / DECADES)
    return table["movie_id"].to_numpy(), content


def baselines(watched: NextMovies, judge: Judge, movie_ids: Int, seed: int) -> dict[str, float]:
    """What popularity and ALS reach, from the same ratings and with the same histories."""
    from scipy import sparse

    column = np.searchsorted(movie_ids, watched.rows["movie_id"])
    _, user = np.unique(watched.rows["user_id"], return_inverse=True)
    ones = np.ones(len(column), dtype=np.float32)
    shape = (int(user.max()) + 1, len(movie_ids))
    seen = sparse.csr_array((ones, (user, column)), shape=shape)
    movies = implicit_factors(seen, seed)
    popularity = np.asarray(seen.sum(axis=0))[:, None] / len(column)
    everybody = np.ones((len(judge.target), 1))
    viewers = fold_in(judge.seen, movies)  # zeros without a history: then popularity decides
    with_popularity = np.hstack([*movies, _DECIDES * popularity])
    return {
        "als": judge.recall(np.hstack([viewers, everybody]), with_popularity),
        "popularity": judge.recall(everybody, popularity),
    }


def _write_parts(folder: Path, ids: Int, vectors: np.ndarray) -> None:
    folder.mkdir()
    pq.write_table(_vectors(ids, vectors), folder / "part-00000.parquet")


def _write_users(space: Workspace, features: FeatureSet, tower: ViewerTower, folder: Path) -> None:
    """A vector for every viewer's serving row, read and written a batch at a time."""
    from offline.recall.next_movies import user_columns

    folder.mkdir()
    names = [HISTORY, STARS, *NUMBERS]
    rows = ds.dataset(space.folder("features") / "users", format="parquet")
    for number, batch in enumerate(rows.to_batches(columns=["user_id", *names])):
        if len(batch):
            table = pa.Table.from_batches([batch])
            vectors = tower(user_columns(table, features, names))
            file = folder / f"part-{number:05}.parquet"
            pq.write_table(_vectors(batch["user_id"].to_numpy(), vectors), file)


def _vectors(ids: Int, vectors: np.ndarray) -> pa.Table:
    flat = pa.array(vectors.astype(np.float32).ravel())
    ends = pa.array(np.arange(len(ids) + 1, dtype=np.int32) * vectors.shape[1])
    return pa.table({"id": ids, "vector": pa.ListArray.from_arrays(ends, flat)})


def save_judged(towers: Towers, movie_ids: Int, folder: Path) -> None:
    """Keeps towers for `judged_scores`."""
    Embedding(movie_ids, towers.movies).save(folder / JUDGED)
    towers.viewer.save(folder / JUDGED / FILE)


def judged_scores(folder: Path, viewers: pa.Table, features: FeatureSet, movies: Int) -> np.ndarray:
    """What the towers that saw the train part alone say of movies with these ids.

    `folder` is that of the finished step, `viewers` has a row of user features for each of n
    viewers: (n, movies).
    """
    from offline.recall.next_movies import user_columns

    tower = ViewerTower.load(folder / JUDGED / FILE)
    known = Embedding.load(folder / JUDGED)
    vectors = tower(user_columns(viewers, features, [HISTORY, STARS, *NUMBERS]))
    scores: np.ndarray = vectors @ known.vectors[known.positions(movies)].T
    return scores


def metrics_of(folder: Path) -> dict[str, float]:
    """What a finished step reached on validation, and what the baselines did."""
    figures: dict[str, float] = json.loads((folder / NAME / VALIDATION).read_text())
    return {f"{name}_validation_recall@100": value for name, value in figures.items()}
