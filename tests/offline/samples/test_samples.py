"""Point in time: what Spark writes is what the folds say, and the future changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from checkerboard_dataset import START, checkerboard, write_dataset

from offline.features import step as features
from offline.features.point_in_time import write_point_in_time_features
from offline.features.step import load_feature_set
from offline.runtime.step import RunContext, execute
from offline.samples import step as samples
from offline.samples.splits import SPLITS
from sparrow.features.declarations import PADDING, Entity, FeatureSet
from sparrow.features.folds import (
    PopularityHistogram,
    Rows,
    context_rows,
    movie_rows,
    popularity_histogram,
    popularity_thresholds,
    threshold_crossings,
    user_rows,
)
from sparrow.features.preprocessing import Preprocessing
from sparrow.features.rating_events import Events, hash_order
from sparrow.features.row_codec import decode_history
from sparrow.features.visibility import MISSING_EVENT, EventVisibility, LeaveOneOut, PastEvents

pytestmark = pytest.mark.spark


def frame(folder: Path) -> pd.DataFrame:
    return ds.dataset(folder).to_table().to_pandas()


def all_samples(folder: Path) -> pd.DataFrame:
    there = [part for part in SPLITS if (folder / part).is_dir()]
    parts = pd.concat(frame(folder / part).assign(part=part) for part in there)
    return parts.set_index(["user_id", "movie_id"]).sort_index()


@pytest.fixture(scope="module")
def by_time(space: RunContext) -> Path:
    execute(features.step(space.settings), space)
    return execute(samples.step(space.settings, "time"), space)


def test_every_rating_is_a_sample_in_one_part(by_time: Path) -> None:
    rows = all_samples(by_time)
    assert sorted(rows.index) == sorted((u, m) for u, m, *_ in checkerboard())
    times = {part: rows[rows.part == part].timestamp for part in SPLITS}
    assert times["train"].max() < times["validation"].min()
    assert times["validation"].max() < times["test"].min()
    shares = rows.part.value_counts(normalize=True)
    assert shares["train"] == pytest.approx(0.8, abs=0.02)
    assert shares["test"] == pytest.approx(0.1, abs=0.02)
    assert (rows.label == (rows.rating >= 3.5)).all()
    assert (rows.watched == 1).all()
    assert (rows.weight == 1).all()


def test_movies_that_were_not_chosen_stand_beside_ratings(space: RunContext, by_time: Path) -> None:
    rows, declared = all_samples(by_time), load_feature_set(space.output_of("features"))
    visible = {"train": {"train"}, "validation": {"train", "validation"}}
    for part, parts in visible.items():
        drawn = frame(by_time / f"{part}_sampled")
        rated = rows[rows.part == part].reset_index()
        assert 0.9 * len(rated) < len(drawn) <= len(rated)
        moments = set(zip(rated.user_id, rated.timestamp, strict=True))
        assert set(zip(drawn.user_id, drawn.timestamp, strict=True)) <= moments
        assert drawn.rating.isna().all()
        assert (drawn.label == 0).all()
        assert (drawn.watched == 0).all()
        assert ((drawn.weight > 0) & (drawn.weight < 2)).all()
        pairs = drawn.set_index(["user_id", "movie_id"])
        both = pairs.join(rows[["part", "timestamp"]], rsuffix="_rated", how="inner")
        assert not both.part.isin(parts).any()
        assert (both.timestamp_rated > both.timestamp).all()  # not in the history of its own row
        assert set(drawn.movie_id) <= set(rows[rows.part == "train"].reset_index().movie_id)
    everything = pd.DataFrame(
        checkerboard(), columns=["user_id", "movie_id", "rating", "timestamp"]
    )
    sampled = frame(by_time / "train_sampled")
    expect_the_folds_rows(sampled, everything, declared)


def test_a_user_of_everything_is_shown_what_comes_later(other_space: RunContext) -> None:
    """Nothing else is left to draw, and the search for more ends."""
    later = {(u, 5): START + 1_000_000 + u for u in range(2, 31, 2)}  # odd users rate it early
    ratings = [
        (u, m, 4.0, later.get((u, m), START + 1000 * u + 10 * m))
        for u in range(1, 31)
        for m in range(1, 6)
    ]
    write_dataset(other_space.tables, ratings)
    execute(features.step(other_space.settings), other_space)
    folder = execute(samples.step(other_space.settings, "time"), other_space)
    rows, drawn = all_samples(folder), frame(folder / "train_sampled")
    pairs = set(zip(drawn.user_id, drawn.movie_id, strict=True))
    assert pairs
    assert pairs <= set(rows[rows.part != "train"].index)


def events_of(rated: pd.DataFrame, other: str) -> Events:
    """One user's or movie's events by themselves; `other` is the id of the other party."""
    ids = rated.movie_id.to_numpy()
    return Events.sorted_by_time(
        rated.timestamp.to_numpy(),
        rated[other].to_numpy(),
        ids,
        rated.rating.to_numpy(np.float32),
        ids % 8,
        np.where(ids == 7, np.nan, 1960.0 + ids).astype(np.float32),
    )


def curve_by_numpy(known: pd.DataFrame) -> PopularityHistogram:
    thresholds = popularity_thresholds()
    reached = [
        threshold_crossings(np.sort(t), thresholds) for _, t in known.groupby("movie_id").timestamp
    ]
    column, week = (np.concatenate(part) for part in zip(*reached, strict=True))
    return popularity_histogram(column, week, np.ones(len(week), dtype=np.int64))


def expect_rows(got: pd.DataFrame, expected: Rows) -> None:
    for name, values in expected.items():
        np.testing.assert_allclose(
            np.stack(got[name].to_numpy()), np.asarray(values, float), rtol=1e-5, err_msg=name
        )


def visibility_of(
    rated: pd.DataFrame, rows: pd.DataFrame, other: str, others: bool
) -> EventVisibility:
    """What rows see of one user's or movie's ratings."""
    events, at = events_of(rated, other), rows.timestamp.to_numpy()
    if not others:
        return PastEvents(events, at)
    order = np.lexsort((hash_order(rated[other].to_numpy()), rated.timestamp))
    place = {party: position for position, party in enumerate(rated[other].to_numpy()[order])}
    return LeaveOneOut(
        events, at, np.array([place.get(party, MISSING_EVENT) for party in rows[other]])
    )


def expect_the_folds_rows(
    rows: pd.DataFrame, known: pd.DataFrame, declared: FeatureSet, others: bool = False
) -> None:
    """All features of users and movies in `rows` tell what the `known` ratings do.

    Those before the row's moment, or all `others`.
    """
    flat, curve = rows.reset_index(), curve_by_numpy(known)
    for user, got in flat.groupby("user_id"):
        visibility = visibility_of(known[known.user_id == user], got, "movie_id", others)
        expect_rows(got, {**user_rows(visibility, declared), **context_rows(visibility.at)})
    for movie, got in flat.groupby("movie_id"):
        year = np.nan if movie == 7 else 1960.0 + movie
        visibility = visibility_of(known[known.movie_id == movie], got, "user_id", others)
        flags = [[movie >> place & 1 for place in range(3)]] * len(got)
        declared_values = {"movie_year": np.full(len(got), year), "movie_genres": flags}
        expect_rows(got, movie_rows(visibility, year, curve, declared) | declared_values)


def test_spark_rows_are_the_folds_rows(space: RunContext, by_time: Path) -> None:
    rated = pd.DataFrame(checkerboard(), columns=["user_id", "movie_id", "rating", "timestamp"])
    declared = load_feature_set(space.output_of("features"))
    expect_the_folds_rows(all_samples(by_time), rated, declared)


def test_later_ratings_change_no_sample(other_space: RunContext, by_time: Path) -> None:
    """Also not those of the movie, nor its rank among other movies."""
    later = [(u, m, 5.0, START + 41 * 50_000 + u) for u in range(41, 61) for m in range(1, 41)]
    write_dataset(other_space.tables, [*checkerboard(), *later])
    execute(features.step(other_space.settings), other_space)
    longer = all_samples(execute(samples.step(other_space.settings, "time"), other_space))
    before = all_samples(by_time).drop(columns="part")
    after = longer.loc[before.index].drop(columns="part")
    pd.testing.assert_frame_equal(before, after)


def test_a_random_split_sees_its_training_part_but_not_the_row_itself(
    space: RunContext, by_time: Path
) -> None:
    rows = all_samples(execute(samples.step(space.settings, "random"), space))
    assert set(rows.part) == set(SPLITS)  # nothing is held out
    known = rows[rows.part == "train"].reset_index()
    expect_the_folds_rows(rows, known, load_feature_set(space.output_of("features")), others=True)
    counts = known.user_id.value_counts().reindex(rows.index.get_level_values(0)).to_numpy()
    assert (rows.user_rating_count == counts - (rows.part == "train")).all()


def test_encoding_is_learnt_from_the_training_part_alone(by_time: Path) -> None:
    encoding = Preprocessing.from_json((by_time / "preprocessing.json").read_text())
    train = frame(by_time / "train")
    assert encoding.vocabularies["users"].tolist() == sorted(set(train.user_id))
    assert set(frame(by_time / "test").user_id) - set(encoding.vocabularies["users"])
    logged = np.log1p(train.movie_rating_count.astype(float))
    assert encoding.norm_stats["movie_rating_count"].mean == pytest.approx(logged.mean())
    assert encoding.norm_stats["movie_rating_count"].deviation == pytest.approx(logged.std(ddof=0))
    assert encoding.norm_stats["movie_year"].mean == pytest.approx(
        train.movie_year.mean(), rel=1e-6
    )


def test_serving_rows_know_every_event(space: RunContext, by_time: Path) -> None:
    folder = space.output_of("features")
    as_of = json.loads((folder / "as_of.json").read_text())
    rated = pd.DataFrame(checkerboard(), columns=["user_id", "movie_id", "rating", "timestamp"])
    assert as_of == rated.timestamp.max() + 1
    users, movies = frame(folder / "users").set_index("user_id"), frame(folder / "movies")
    counts = movies.set_index("movie_id").movie_rating_count
    assert len(movies) == 40  # the unrated 39 and 40 too
    received = rated.movie_id.value_counts().reindex(range(1, 41), fill_value=0)
    assert counts.to_dict() == received.to_dict()
    assert (users.user_rating_count == 19).all()
    assert users.loc[3].user_age == 23
    assert users.loc[3].user_gender == 1
    assert users.loc[3].user_occupation == PADDING
    history = decode_history(users.loc[3].history)
    assert (np.diff(history["timestamp"]) >= 0).all()
    assert set(history["movie_id"]) == set(rated[rated.user_id == 3].movie_id)


def test_rows_as_of_any_moment(space: RunContext, by_time: Path, tmp_path: Path) -> None:
    sample = all_samples(by_time).iloc[[500]]
    (user, movie), moment = sample.index[0], int(sample.timestamp.iloc[0])
    queries = pd.DataFrame(
        {
            "row": [0, 1, 2, 3],
            "user_id": [user, user, 9_999, user],
            "movie_id": [movie, movie, 9_999, movie],
            "timestamp": [moment, moment + 1, moment, moment],  # the last repeats the first
        }
    )
    table = pa.Table.from_pandas(queries, preserve_index=False)
    pq.write_table(table, tmp_path / "queries.parquet")
    write_point_in_time_features(space, tmp_path / "queries.parquet", tmp_path / "rows")
    rows = frame(tmp_path / "rows").set_index("row")
    declared = load_feature_set(space.output_of("features"))
    for feature in declared.of(*Entity):
        if feature.name in ("user_id", "movie_id"):
            continue
        expected = np.asarray(sample[feature.name].iloc[0], float)
        for row in (0, 3):
            np.testing.assert_allclose(np.asarray(rows.loc[row][feature.name], float), expected)
    assert rows.loc[1].user_rating_count == rows.loc[0].user_rating_count + 1
    assert rows.loc[1].movie_rating_count == rows.loc[0].movie_rating_count + 1
    assert rows.loc[2].user_rating_count == rows.loc[2].movie_rating_count == 0


def test_rows_that_see_all_others(space: RunContext, by_time: Path, tmp_path: Path) -> None:
    """A rating asked for is not seen by its own row; without a moment, all that is known counts."""
    rated = pd.DataFrame(checkerboard(), columns=["user_id", "movie_id", "rating", "timestamp"])
    user, movie = rated.user_id[0], rated.movie_id[0]
    queries = pa.table(
        {"row": [0, 1], "user_id": [user, user], "movie_id": [movie, 39],
         "timestamp": pa.array([int(rated.timestamp[0]), None], pa.int64())}
    )  # fmt: skip
    pq.write_table(queries, tmp_path / "queries.parquet")
    write_point_in_time_features(
        space, tmp_path / "queries.parquet", tmp_path / "others", others=True
    )
    write_point_in_time_features(space, tmp_path / "queries.parquet", tmp_path / "past")
    others, before = (frame(tmp_path / n).set_index("row") for n in ("others", "past"))
    given, received = (rated[rated.user_id == user], rated[rated.movie_id == movie])
    assert others.user_rating_count.tolist() == [len(given) - 1, len(given)]
    assert others.loc[0].movie_rating_count == len(received) - 1
    assert movie not in others.loc[0].user_recent_movies
    assert before.user_rating_count[1] == len(given)
    assert before.user_rating_count[0] == (given.timestamp < rated.timestamp[0]).sum()
