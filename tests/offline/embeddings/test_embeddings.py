"""Movie and user vectors of the checkerboard, whose neighbours are known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest
from checkerboard_dataset import checkerboard

from offline.embeddings import step as embeddings
from offline.embeddings.registry import EMBEDDINGS, parse_embedding_names
from offline.embeddings.skip_gram import sentences as house
from offline.embeddings.skip_gram.item2vec import Item2VecConfig, item2vec
from offline.embeddings.skip_gram.random_walks import WalkConfig
from offline.embeddings.spark_als import AlsConfig, ExplicitAlsConfig, als, als_explicit
from offline.runtime.step import RunContext, execute
from sparrow.errors import ConfigurationError
from sparrow.signals.models.als_factors import AlsFactors
from sparrow.signals.values.history import History
from sparrow.vectors.embedding import Embedding
from sparrow.vectors.item_vectors import ItemVectors

pytestmark = pytest.mark.spark

RATED = pd.DataFrame(checkerboard(), columns=["user_id", "movie_id", "rating", "timestamp"])
LIKES = RATED[RATED.rating >= 3.5]


@pytest.fixture(scope="module")
def made(space: RunContext) -> Path:
    """All embeddings that there are, walks being short."""
    settings = space.settings.model_copy(update={"embeddings": ",".join(EMBEDDINGS)})
    with pytest.MonkeyPatch.context() as patch:
        for name in ("deepwalk", "node2vec"):
            config = replace(EMBEDDINGS[name].config, walk=WalkConfig(length=5))
            patch.setitem(EMBEDDINGS, name, replace(EMBEDDINGS[name], config=config))
        return execute(embeddings.step(settings), replace(space, settings=settings))


def concatenate_lists(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Ids, and their vectors (ids, dimensions)."""
    return table.id.to_numpy(), np.stack(table.vector.to_numpy())


def same_parity(ids: np.ndarray, vectors: np.ndarray) -> float:
    """Share of ids whose five nearest neighbours by cosine are mostly odd or even as they are."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    likeness = unit @ unit.T
    np.fill_diagonal(likeness, -np.inf)
    nearest = np.argsort(-likeness, axis=1)[:, :5]
    return float(((ids[nearest] % 2 == ids[:, None] % 2).mean(axis=1) > 0.5).mean())


def test_what_hashing_costs_is_told(made: Path) -> None:
    report = json.loads((made / "lsh.json").read_text())
    assert (report["movies"], report["queries"], report["neighbours"]) == (38, 38, 9)


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_movies_without_a_vector_are_listed(made: Path, name: str) -> None:
    found = Embedding.load(made / name / "movies")
    assert found.ids.tolist() == list(range(1, 39))
    assert json.loads((made / name / "missing.json").read_text()) == [39, 40]


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_every_user_has_a_vector_in_the_space_of_movies(made: Path, name: str) -> None:
    users, vectors = concatenate_lists(ds.dataset(made / name / "users").to_table().to_pandas())
    assert sorted(users) == list(range(1, 41))
    assert vectors.shape[1] == Embedding.load(made / name / "movies").vectors.shape[1]


def test_item2vec_by_its_definition(space: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors of length 1 for movies liked often; a user is the mean of the last likes' vectors."""
    monkeypatch.setattr(house, "HISTORY_LENGTH", 3)
    config = Item2VecConfig(dimensions=4, iterations=1, min_count=10, few=1)
    made = item2vec(space.spark.createDataFrame(LIKES), config, seed=1)
    movies, vectors = concatenate_lists(made.movies.toPandas())
    users, of_users = concatenate_lists(made.users.toPandas())
    often = LIKES.movie_id.value_counts()
    assert 1 < (often >= 10).sum() < len(often)
    assert set(movies) == set(often[often >= 10].index)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-6)
    by_movie = dict(zip(movies, vectors, strict=True))
    for user, vector in zip(users, of_users, strict=True):
        last = LIKES[LIKES.user_id == user].sort_values("timestamp").movie_id[-3:]
        expected = np.mean([by_movie[m] for m in last if m in by_movie], axis=0)
        assert vector == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", ["item2vec", "deepwalk", "node2vec"])
def test_movies_are_taken_for_alike_that_the_same_users_like(made: Path, name: str) -> None:
    found = Embedding.load(made / name / "movies")
    assert same_parity(found.ids, np.asarray(found.vectors)) > 0.9


def test_als_takes_movies_for_alike_that_the_same_users_watch(space: RunContext) -> None:
    """Of the likes alone, for ALS sees what was watched and not how it was liked."""
    found = als(space.spark.createDataFrame(LIKES), AlsConfig(), seed=1)
    assert same_parity(*concatenate_lists(found.movies.toPandas())) > 0.9


def test_explicit_als_foresees_the_stars_whatever_a_users_mean(space: RunContext) -> None:
    """Users of the second half give a star and a half less for the same likes."""
    shifted = RATED.assign(rating=RATED.rating - 1.5 * (RATED.user_id > 20))
    found = als_explicit(space.spark.createDataFrame(shifted), ExplicitAlsConfig(), seed=1)
    (movies, of_movies), (users, of_users) = (
        concatenate_lists(frame.toPandas()) for frame in (found.movies, found.users)
    )
    foreseen = of_users @ of_movies.T
    likes = (users[:, None] + movies) % 2 == 0
    assert foreseen[likes].min() > 0.5
    assert foreseen[~likes].max() < -0.5


def test_an_unknown_embedding_is_refused() -> None:
    assert parse_embedding_names(" als, item2vec,als,") == ("als", "item2vec")
    with pytest.raises(ConfigurationError, match=r"item2vec, als.*got magic"):
        parse_embedding_names("als,magic")


def test_folding_a_user_in_gives_the_vector_of_the_training(made: Path) -> None:
    embedding = Embedding.load(made / "als" / "movies")
    factors = AlsFactors(ItemVectors.aligned(embedding, embedding.ids))
    users, vectors = concatenate_lists(ds.dataset(made / "als" / "users").to_table().to_pandas())
    for user, vector in zip(users[:5].tolist(), vectors, strict=False):
        positions = embedding.rows(RATED.movie_id[RATED.user_id == user].to_numpy())
        known = positions[positions >= 0]
        ones = np.ones(len(known), dtype=np.float32)
        folded = factors.solve(History(known, ones, np.arange(len(known)), ones, at=100)).user
        np.testing.assert_allclose(folded, vector, atol=1e-4)
