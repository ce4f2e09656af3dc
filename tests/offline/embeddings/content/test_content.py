"""What the step `content` makes of a real data set's tables; the vectors by known answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from offline.embeddings import step as embeddings
from offline.embeddings.content import step as content
from offline.embeddings.content.content_vectors import ContentConfig, content_vectors
from offline.embeddings.content.step import map_cold_start, read_tags
from offline.runtime.step import RunContext, execute
from sparrow.dataset.tables import TAGS, DatasetTables
from sparrow.vectors.cold_start import COLD_START_THRESHOLD, mapped_embedding
from sparrow.vectors.embedding import Embedding

NO_TAGS = pd.DataFrame({"row": np.empty(0, int), "tag": np.empty(0, str), "users": []})


def world(*movies: tuple[str, float, list[str]]) -> pd.DataFrame:
    return pd.DataFrame(movies, columns=["title", "year", "genres"])


def likeness(movies: pd.DataFrame, tags: pd.DataFrame = NO_TAGS, **config: float) -> np.ndarray:
    vectors = content_vectors(movies, tags, ContentConfig(**config), seed=1)
    return vectors @ vectors.T


def test_movies_of_the_same_genres_are_alike_and_a_rare_genre_says_more():
    plain = [("", np.nan, ["Drama"])] * 20
    cosine = likeness(
        world(
            ("", np.nan, ["Drama", "War"]),
            ("", np.nan, ["War"]),
            ("", np.nan, ["Drama"]),
            ("", np.nan, ["Comedy"]),
            *plain,
        )
    )
    assert cosine[0, 1] > cosine[0, 2] > cosine[0, 3] == pytest.approx(0, abs=1e-6)


def test_years_fade_smoothly():
    years = [1990, 1991, 1999, 2001, 2011, 1950]
    cosine = likeness(world(*(("", float(year), []) for year in years)))
    assert (np.diff(cosine[0][[0, 1, 2, 3, 4, 5]]) < 0).all()
    assert cosine[2, 3] > 0.9  # a turn of the decade is no border


def test_a_word_that_titles_share_relates_them():
    cosine = likeness(
        world(
            ("Star Trek: Generations", 1994, ["Sci-Fi"]),
            ("Star Trek: First Contact", 1994, ["Sci-Fi"]),
            ("Judge Dredd", 1994, ["Sci-Fi"]),
            ("The of and", 1994, ["Sci-Fi"]),
        )
    )
    assert cosine[0, 1] > cosine[0, 2] == pytest.approx(cosine[0, 3])


def test_a_tag_that_many_users_gave_says_more_than_one_users():
    tags = pd.DataFrame(
        {
            "row": [0, 0, 1, 2, 3, 4],
            "tag": ["dark", "slow", "dark", "slow", "funny", "funny"],
            "users": [9, 1, 4, 4, 4, 4],
        }
    )
    cosine = likeness(world(*[("", np.nan, ["Drama"])] * 5), tags)
    assert cosine[0, 1] > cosine[0, 2] > cosine[0, 3]


def test_a_movie_of_which_nothing_is_known_has_zeros_and_the_others_length_one():
    movies = world(("", np.nan, []), ("Heat", 1995, ["Crime"]), ("Heat", np.nan, []))
    vectors = content_vectors(movies, NO_TAGS, ContentConfig(), seed=1)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([0, 1, 1])


def test_many_words_come_down_to_few_dimensions_the_same_every_time():
    random = np.random.default_rng(3)
    words = [f"word{n}" for n in range(300)]
    movies = world(
        *((" ".join(random.choice(words, 3)), 1950.0 + n % 50, ["Drama"]) for n in range(400))
    )
    first, second = (content_vectors(movies, NO_TAGS, ContentConfig(), seed=1) for _ in range(2))
    assert first.shape == (400, 64)
    np.testing.assert_array_equal(first, second)


def test_a_held_out_movie_is_mapped_nearer_to_its_place_than_the_mean():
    """In a world where content decides, up to noise, where a movie stands."""
    random = np.random.default_rng(5)
    told = random.normal(size=(200, 6))
    places = told @ random.normal(size=(6, 3)) + 2.0 + 0.1 * random.normal(size=(200, 3))
    counts = np.where(np.arange(200) < 150, COLD_START_THRESHOLD, COLD_START_THRESHOLD - 1)
    ids = np.arange(200) * 10
    learnt = Embedding(
        ids, np.where((counts < COLD_START_THRESHOLD)[:, None], 77.0, places)
    )  # noise of few
    cold, strength = map_cold_start(Embedding(ids, told), learnt, counts)
    assert cold.ids.tolist() == ids[150:].tolist()
    off = np.linalg.norm(cold.vectors - places[150:], axis=1)
    mean_off = np.linalg.norm(places[:150].mean(axis=0) - places[150:], axis=1)
    assert off.mean() < 0.1 * mean_off.mean()
    assert strength is not None
    assert strength < 10


def test_where_content_says_nothing_the_map_says_the_mean():
    random = np.random.default_rng(5)
    told, places = random.normal(size=(200, 6)), random.normal(size=(200, 3))
    counts = np.where(np.arange(200) < 150, COLD_START_THRESHOLD, 0)
    cold, strength = map_cold_start(
        Embedding(np.arange(200), told), Embedding(np.arange(150), places[:150]), counts
    )
    spread = np.linalg.norm(cold.vectors - places[:150].mean(axis=0), axis=1)
    assert spread.mean() < 0.3 * np.linalg.norm(places, axis=1).mean()
    assert strength is not None
    assert strength >= 100


@pytest.mark.parametrize(
    "counts",
    [np.full(30, COLD_START_THRESHOLD), np.where(np.arange(30) < 5, COLD_START_THRESHOLD, 0)],
)
def test_without_cold_movies_or_known_ones_nothing_is_mapped(counts, tmp_path: Path):
    everything = Embedding(np.arange(30), np.ones((30, 4), np.float32))
    cold, strength = map_cold_start(everything, everything, counts)
    cold.save(tmp_path)
    read = Embedding.load(tmp_path)
    assert read.vectors.shape == (0, 4)
    assert strength is None
    assert (read.rows(np.arange(30)) == -1).all()


def test_tags_are_counted_by_users_whatever_their_spelling(tmp_path: Path):
    tables = DatasetTables(tmp_path)
    rows = [(1, 5, " Dark "), (1, 5, "dark"), (2, 5, "DARK"), (2, 7, "slow"), (2, 9, "slow")]
    table = [dict(zip(TAGS.names, (*row, 0), strict=True)) for row in rows]
    tables.path("tags").mkdir()
    pq.write_table(pa.Table.from_pylist(table, TAGS), tables.path("tags") / "part-0.parquet")
    found = read_tags(tables, np.array([3, 5, 7]))  # of movie 9 the catalogue knows nothing
    assert sorted(found.itertuples(index=False, name=None)) == [(1, "dark", 2), (2, "slow", 1)]


@pytest.mark.spark
def test_every_movie_gets_content_and_only_cold_ones_are_mapped(space: RunContext):
    execute(embeddings.step(space.settings), space)
    made = execute(content.step(space.settings), space)
    everything = Embedding.load(made / "content")
    assert everything.ids.tolist() == list(range(1, 41))
    assert set(json.loads((made / content.FILE).read_text())) == set(content.MAPPED_EMBEDDINGS)
    for name in content.MAPPED_EMBEDDINGS:
        cold = Embedding.load(made / mapped_embedding(name))
        learnt = Embedding.load(space.output_of("embeddings") / name / "movies")
        assert cold.ids.tolist() == [39, 40]
        assert cold.vectors.shape[1] == learnt.vectors.shape[1]
