"""Are movies that nobody rated found by those who would watch them?

    python benchmarks/cold_movies.py [--share 0.2]

Hides all ratings of a share of the well known movies of the data set in use, learns ALS from the
rest, and asks of each user which of the hidden movies they rated. Prints for three orders the
mean AUC over users, and what share of the first ten they rated: by the embeddings predicted
from content (`offline.embeddings.content.step`), by similarity to the content of liked movies,
and by year.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
from rich.console import Console
from sklearn.metrics import roc_auc_score

from offline.embeddings.content.content_vectors import content_vectors
from offline.embeddings.content.step import (
    CONFIG,
    map_cold_start,
    rating_counts,
    read_movies,
    read_tags,
)
from offline.embeddings.spark_als import AlsConfig, als
from offline.runtime.arrow import numpy_column
from offline.runtime.step import RunContext, run_context
from sparrow.settings import Settings
from sparrow.vectors.cold_start import COLD_START_THRESHOLD
from sparrow.vectors.embedding import Embedding

LIST = 10


def learnt(space: RunContext, ratings: pd.DataFrame) -> tuple[Embedding, Embedding]:
    """ALS vectors of movies and of users."""
    made = als(space.spark.createDataFrame(ratings), AlsConfig(), space.settings.seed)
    found = []
    for frame in (made.movies, made.users):
        table = frame.toArrow().sort_by("id")
        vectors = numpy_column(table["vector"], len(table["vector"][0]))
        found.append(Embedding(table["id"].to_numpy(), vectors))
    return found[0], found[1]


@dataclass(frozen=True)
class Hidden:
    """The hidden movies, and what there is to order them by."""

    content: Embedding  # of the whole catalogue
    mask: np.ndarray  # (movies,) bool: which are hidden
    years: np.ndarray  # (hidden,)
    mapped: np.ndarray  # (hidden, dim) predicted from content among the ALS vectors

    def scores(self, vector: np.ndarray, liked: np.ndarray) -> dict[str, np.ndarray]:
        """By each order, for a user with this ALS vector who liked movies with these ids."""
        taste = self.content.vectors[self.content.item_index(liked)].sum(axis=0)
        return {
            "prediction places": self.mapped @ vector,
            "content of likes": self.content.vectors[self.mask] @ taste,
            "year": np.nan_to_num(self.years),
        }


def figures_of(space: RunContext, content: Embedding, mask: np.ndarray) -> dict[str, np.ndarray]:
    """By order, AUC and share of the first ten of each user who rated a hidden movie."""
    ratings = ds.dataset(space.tables.path("ratings")).to_table().to_pandas()
    hidden_ids = content.ids[mask]
    aside = np.isin(ratings["movie_id"], hidden_ids)
    movies, users = learnt(space, ratings[~aside])
    counts = np.where(mask, 0, rating_counts(space.tables, content.ids))
    prediction, _ = map_cold_start(content, movies, counts)
    years = read_movies(space.tables)["year"].to_numpy(np.float64)[mask]
    hidden = Hidden(content, mask, years, prediction.vectors[prediction.item_index(hidden_ids)])
    likes = ratings[~aside & (ratings["rating"] >= space.settings.like_threshold)]
    liked = dict(iter(likes.groupby("user_id")["movie_id"]))
    figures: dict[str, list[tuple[float, float]]] = {}
    for user, rated in ratings[aside].groupby("user_id")["movie_id"]:
        watched = np.isin(hidden_ids, rated)
        if user not in liked or watched.all():
            continue
        vector = users.vectors[users.item_index(np.array([user]))[0]]
        for name, score in hidden.scores(vector, liked[user].to_numpy()).items():
            first = watched[np.argsort(-score, kind="stable")[:LIST]]
            figures.setdefault(name, []).append((roc_auc_score(watched, score), first.mean()))
    return {name: np.array(found) for name, found in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=0.2, help="of the movies to hide")
    share = parser.parse_args().share
    settings = Settings()
    with run_context(settings, Console(stderr=True)) as space:
        movies = read_movies(space.tables)
        ids = movies["movie_id"].to_numpy()
        vectors = content_vectors(movies, read_tags(space.tables, ids), CONFIG, settings.seed)
        drawn = np.random.default_rng(settings.seed).random(len(ids)) < share
        hidden = drawn & (rating_counts(space.tables, ids) >= COLD_START_THRESHOLD)
        found = figures_of(space, Embedding(ids, vectors), hidden)
    print(f"{hidden.sum():,} of {len(ids):,} movies hidden, {len(found['year']):,} users evaluated")
    print(f"{'':>16}    AUC  of the first {LIST}")
    for name, figures in found.items():
        auc, first = figures.mean(axis=0)
        print(f"{name:>16}  {auc:.3f}  {first:.3f}")


if __name__ == "__main__":
    main()
