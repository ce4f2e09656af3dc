import io

import numpy as np
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from offline.data.synthetic import generator
from offline.data.synthetic.fractal_expansion import plan_expansion
from offline.data.synthetic.generator import SyntheticSpec, synthesize_dataset
from offline.data.tables import table_parts
from offline.data.tables.dataset_metadata import verify
from sparrow.dataset.tables import DatasetTables
from sparrow.errors import DataError


@pytest.fixture
def grow(lab):
    lab.run(lab.write("u.data"))

    def run(ratings, seed=1, name="grown"):
        settings = lab.settings.model_copy(update={"dataset": name})
        console = Console(file=io.StringIO())
        description = synthesize_dataset(settings, SyntheticSpec("small", ratings, seed), console)
        return description, DatasetTables(settings.tables)

    return run


def frame(tables, table):
    return pq.read_table(tables.path(table)).to_pandas()


@pytest.mark.parametrize("count", [50, 200, 201, 5_000, 40_000])
def test_as_many_ratings_as_asked_for_each_pair_once_and_in_order(grow, count):
    description, tables = grow(count)
    ratings = frame(tables, "ratings")

    assert len(ratings) == description.counts["ratings"] == count
    assert not ratings.duplicated(["user_id", "movie_id"]).any()
    assert ratings.equals(
        ratings.sort_values(["user_id", "timestamp", "movie_id"], ignore_index=True)
    )
    assert verify(tables) == description


def test_grown_tables_fit_together(lab, grow):
    _, tables = grow(5_000)
    ratings, movies, users = (frame(tables, name) for name in ("ratings", "movies", "users"))

    assert set(ratings["user_id"]) == set(users["user_id"])
    assert set(ratings["movie_id"]) <= set(movies["movie_id"])
    assert movies["title"].is_unique
    assert len(movies) > 20
    base = frame(lab.tables, "movies")
    copies = (
        movies["title"]
        .str.replace(r" #\d+$", "", regex=True)
        .map(dict(zip(base["title"], base["year"], strict=True)))
    )
    assert copies.tolist() == movies["year"].tolist()
    assert users["occupation"].notna().all()


def test_the_seed_decides(grow):
    first, _ = grow(3_000, seed=1)
    again, _ = grow(3_000, seed=1, name="again")
    other, _ = grow(3_000, seed=2, name="other")
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_the_parts_of_the_base_do_not_matter(lab, grow, monkeypatch):
    monkeypatch.setattr(generator, "_CHUNK_ROWS", 1_000)
    first, _ = grow(3_000)
    lab.tables.dataset_file.unlink()
    monkeypatch.setattr(table_parts, "ROWS_PER_PART", 33)
    lab.run(lab.folder / "source-u.data")
    again, _ = grow(3_000, name="again")
    assert first.fingerprint == again.fingerprint


def test_every_copy_keeps_the_order_of_its_users_ratings(lab, grow):
    _, tables = grow(5_000)
    base, grown = frame(lab.tables, "ratings"), frame(tables, "ratings")
    copies = -(-grown["user_id"].max() // 20)
    stride = frame(lab.tables, "movies")["movie_id"].max() + 1
    at = base.set_index(["user_id", "movie_id"])["timestamp"]
    originals = zip((grown["user_id"] - 1) // copies + 1, grown["movie_id"] % stride, strict=True)
    shift = grown["timestamp"].to_numpy() - np.array([at[pair] for pair in originals])
    assert grown.assign(shift=shift).groupby("user_id")["shift"].nunique().eq(1).all()


def test_a_long_tail_returns_at_the_larger_scale():
    tail = np.round(1000 / np.arange(1, 500))
    shares = plan_expansion(20, tail, tail).share
    assert shares.sum() == pytest.approx(20)
    assert shares.max() <= 1
    assert shares.min() > 0
    assert (np.diff(shares.sum(axis=0)) < 0).all()
    assert (np.diff(shares.sum(axis=1)) <= 1e-9).all()


def test_nothing_is_made_twice(lab, grow):
    first, tables = grow(500)
    before = tables.dataset_file.stat().st_ino
    assert grow(500)[0] == first
    assert tables.dataset_file.stat().st_ino == before


def test_the_base_must_be_there_and_another(lab, grow):
    with pytest.raises(DataError, match="cannot be made from itself"):
        grow(500, name="small")
    settings = lab.settings.model_copy(update={"dataset": "grown"})
    with pytest.raises(DataError, match=r"No data set at .*none: make one"):
        synthesize_dataset(settings, SyntheticSpec("none", 500, 1), lab.console)
