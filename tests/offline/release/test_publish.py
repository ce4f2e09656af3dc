"""From the steps to a release that serves: everything real, on the checkerboard."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from checkerboard_dataset import START, checkerboard
from redis import Redis

from offline.pipeline import steps
from offline.release import publish
from offline.release.candidate import ReleaseCandidate, candidate
from offline.runtime.step import RunContext, execute
from offline.training.plan import best_model
from offline.training.score_file import score_file
from sparrow.errors import (
    ConfigurationError,
    DataError,
    FingerprintError,
    QualityGateError,
    ReleaseError,
)
from sparrow.features.declarations import Entity
from sparrow.features.row_codec import RowCodec, decode_history, decode_vector
from sparrow.redis import keys
from sparrow.redis.connection import redis_client, redis_for
from sparrow.release import active_release
from sparrow.release.manifest import list_releases
from sparrow.release.release_folder import Release
from sparrow.vectors.cold_start import has_stored_user_vectors
from sparrow.vectors.embedding import Embedding

pytestmark = [pytest.mark.spark, pytest.mark.redis, pytest.mark.tensorflow]


@pytest.fixture(scope="module")
def built(space: RunContext) -> RunContext:
    """A workspace in which every step has run."""
    for step in steps(space.settings):
        execute(step, space)
    return space


@pytest.fixture(scope="module")
def redis_url(space: RunContext) -> Iterator[str]:
    with redis_for(space.settings) as url:
        yield url


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    opened = redis_client(redis_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def release(built: RunContext, redis_url: str) -> Release:
    manifest = publish.publish(built, candidate(built), redis_url, force=False)
    return Release.open(built.settings.releases / manifest.id)


def another(space: RunContext, name: str, **changes: object) -> ReleaseCandidate:
    """The same release under another id, as if made of other inputs."""
    made = candidate(space)
    manifest = dataclasses.replace(made.manifest, id=name, input_fingerprint=name, **changes)
    return ReleaseCandidate(made.parts, manifest)


def test_every_row_and_vector_is_in_redis(release: Release, client: Redis) -> None:
    name, features = release.manifest.id, release.features
    assert active_release.current(client) == name
    users = [client.hgetall(keys.user(name, user)) for user in range(1, 41)]
    movies = [client.hgetall(keys.movie(name, movie)) for movie in range(1, 41)]
    row = RowCodec(features, Entity.USER).decode(users[2][keys.ROW.encode()])
    assert row["user_id"] == 3
    assert row["user_rating_count"] == 19
    history = decode_history(users[2][keys.HISTORY.encode()])
    assert len(history) == 19
    counted = RowCodec(features, Entity.MOVIE).decode(movies[4][keys.ROW.encode()])
    assert counted["movie_rating_count"] == sum(m == 5 for _, m, *_ in checkerboard())
    assert {"content", "als_cold"} < set(release.manifest.embeddings)
    for embedding in filter(has_stored_user_vectors, release.manifest.embeddings):
        table = Embedding.load(release.root / "embeddings" / embedding)
        vector = decode_vector(movies[4][f"{keys.VECTOR}{embedding}".encode()])
        (place,) = table.rows(np.array([5]))
        np.testing.assert_array_equal(vector, table.vectors[place])
    assert f"{keys.VECTOR}als".encode() not in movies[39]  # movie 40 was never rated


def test_the_arrays_of_the_release_are_its_rows(release: Release, client: Redis) -> None:
    movies = pq.read_table(release.root / "movies.parquet").to_pandas()
    assert movies.movie_id.tolist() == list(range(1, 41))
    codec = RowCodec(release.features, Entity.MOVIE)
    for feature in release.features.of(Entity.MOVIE):
        array = np.load(release.root / "movie_features" / f"{feature.name}.npy")
        stored = client.hget(keys.movie(release.manifest.id, 7), keys.ROW)
        np.testing.assert_array_equal(array[6], codec.decode(stored)[feature.name])
    rated = pd.DataFrame(checkerboard(), columns=["user_id", "movie_id", "rating", "timestamp"])
    first = movies.iloc[0]
    mine = rated[rated.movie_id == 1]
    assert first.rating_count == len(mine)
    assert first.rating_mean == pytest.approx(mine.rating.mean())
    assert first.imdb_id == "0114709"
    best = mine.sort_values(["rating", "timestamp"], ascending=False).head(10)
    assert [r["user_id"] for r in first.top_ratings] == best.user_id.tolist()
    assert np.isnan(movies.iloc[39].rating_mean)
    assert len(movies.iloc[39].top_ratings) == 0


def test_the_same_inputs_make_no_second_release(
    built: RunContext, release: Release, redis_url: str
) -> None:
    again = publish.publish(built, candidate(built), redis_url, force=False)
    assert again.id == release.manifest.id
    assert len(list_releases(built.settings.releases)) == 1


def test_a_worse_release_leaves_everything_as_it_was(
    built: RunContext, release: Release, redis_url: str, client: Redis
) -> None:
    worse = another(built, "worse", metrics={release.manifest.default_model: {"auc": 0.1}})
    with pytest.raises(QualityGateError):
        publish.publish(built, worse, redis_url, force=False)
    assert active_release.current(client) == release.manifest.id
    assert not (built.settings.releases / "worse").exists()
    assert not client.keys(f"{keys.release_prefix('worse')}*")


def test_a_failure_while_writing_keeps_the_release_that_serves(
    built: RunContext, release: Release, redis_url: str, client: Redis
) -> None:
    broken = another(built, "broken", embeddings=("no-such-embedding",))
    with pytest.raises(Exception, match="no-such-embedding"):
        publish.publish(built, broken, redis_url, force=False)
    assert active_release.current(client) == release.manifest.id
    with pytest.raises(ReleaseError, match="not there"):
        active_release.activate(client, "broken")
    assert not client.keys(f"{keys.release_prefix('broken')}*")
    assert not (built.settings.releases / "broken").exists()


def test_a_release_that_cannot_be_read_does_not_hide_the_others(
    built: RunContext, release: Release
) -> None:
    folder = built.settings.releases / "damaged"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"id": "damaged"}')
    assert release.manifest.id in [m.id for m in list_releases(built.settings.releases)]
    publish.remove(folder)


def test_rollback_activation_and_pruning(
    built: RunContext, release: Release, redis_url: str, client: Redis
) -> None:
    first = release.manifest.id
    for name in ("x1", "x2", "x3"):
        publish.publish(built, another(built, name), redis_url, force=False)
    assert active_release.rollback(client) == ("x3", "x2")
    kept = [m.id for m in list_releases(built.settings.releases)]
    assert kept[-3:] == ["x1", "x2", "x3"]
    assert first not in kept
    assert not client.keys(f"{keys.release_prefix(first)}*")
    active_release.purge(client, ["x1"])
    publish.activate(built, "x1", redis_url)  # its folder is there: the rows are written again
    assert active_release.current(client) == "x1"
    assert client.exists(keys.user("x1", 3))
    with pytest.raises(ReleaseError, match="sparrow releases"):
        publish.activate(built, first, redis_url)


def test_a_release_of_other_features_is_refused(built: RunContext) -> None:
    root = built.settings.releases / "x2"
    manifest = json.loads((root / "manifest.json").read_text())
    (root / "manifest.json").write_text(
        json.dumps(manifest | {"feature_set_fingerprint": "0" * 16})
    )
    with pytest.raises(FingerprintError, match="0000000000000000"):
        Release.open(root)
    (root / "preprocessing.json").unlink()
    with pytest.raises(ReleaseError, match="preprocessing"):
        Release.open(root)


def test_a_cluster_needs_a_redis_that_it_can_reach(
    built: RunContext, release: Release, redis_url: str
) -> None:
    settings = built.settings.model_copy(update={"spark_master": "spark://master:7077"})
    away = RunContext(settings, built.console, _spark=built.spark)
    with pytest.raises(ConfigurationError, match="SPARROW_REDIS_URL"):
        publish.write(away, release, redis_url)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_rows_are_scored_by_what_was_known_before(
    built: RunContext, tmp_path: Path, suffix: str
) -> None:
    later = START + 41 * 50_000
    rows = pd.DataFrame(
        {"user_id": [1, 2, 1, 777], "movie_id": [39, 40, 40, 1], "timestamp": [later] * 4}
    )
    source, out = tmp_path / f"rows{suffix}", tmp_path / f"scores{suffix}"
    write = rows.to_csv if suffix == ".csv" else rows.to_parquet
    write(source, index=False)
    model = best_model(built)
    assert score_file(built, source, model, "time", out) == 4
    scored = pd.read_csv(out) if suffix == ".csv" else pd.read_parquet(out)
    assert scored[["user_id", "movie_id", "timestamp"]].equals(rows)
    assert scored.score.between(0, 1).all()
    assert scored.score.nunique() > 1
    timeless, later_out = tmp_path / f"pairs{suffix}", tmp_path / f"again{suffix}"
    pairs = rows.drop(columns="timestamp")
    (pairs.to_csv if suffix == ".csv" else pairs.to_parquet)(timeless, index=False)
    assert score_file(built, timeless, model, "time", later_out) == 4
    again = pd.read_csv(later_out) if suffix == ".csv" else pd.read_parquet(later_out)
    assert list(again) == ["user_id", "movie_id", "score"]
    assert again.score.between(0, 1).all()


def test_rows_that_cannot_be_read_are_told_by_name(built: RunContext, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("user_id,timestamp\n1,2\n")
    for source in ("rows.csv", "missing.csv", "rows.txt"):
        with pytest.raises(DataError, match=source):
            score_file(built, tmp_path / source, best_model(built), "time", tmp_path / "out.csv")
