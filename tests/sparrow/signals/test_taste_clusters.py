"""Tastes: found where a world has them, named by what sets them apart, the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sparrow.signals.models.taste_clusters import POINTS_WEIGHT, TASTE_POINTS, TasteClusters

NAMES = ("Animation", "Children", "Film-Noir", "Horror", "Romance")
ANIMATION, CHILDREN, NOIR, HORROR, ROMANCE = range(5)
MOVIES = 60


def genres(*marked: tuple[int, range]) -> np.ndarray:
    """A multi-hot table (movies, genres): each genre with the movies that it marks."""
    table = np.zeros((MOVIES, len(NAMES)), dtype=bool)
    for genre, movies in marked:
        table[movies, genre] = True
    return table


WORLD = genres(
    (ANIMATION, range(0, 16)), (CHILDREN, range(2, 20)), (NOIR, range(20, 25)),
    (HORROR, range(25, 40)), (ROMANCE, range(40, 60)),
)  # fmt: skip
COUNTS = np.arange(MOVIES, 0, -1)  # the first movie of a kind is its best known
RECENT = np.full(MOVIES, 1990.0)


def keys(tastes: TasteClusters) -> set[str]:
    return {name.key for name in tastes.names}


def fitted(
    table: np.ndarray = WORLD, years: np.ndarray = RECENT, vectors: np.ndarray | None = None
) -> TasteClusters:
    return TasteClusters.fit(table, NAMES, COUNTS, years, vectors)


def taste(tastes: TasteClusters, key: str) -> int:
    return [name.key for name in tastes.names].index(key)


def test_each_kind_of_movie_is_a_taste_and_two_names_of_one_kind_are_one() -> None:
    tastes = fitted()
    assert keys(tastes) == {"Children|Animation", "Film-Noir", "Horror", "Romance"}
    for key, movies in (("Film-Noir", range(20, 25)), ("Horror", range(25, 40))):
        affinity = tastes.affinity[taste(tastes, key)]
        assert (affinity[movies] == 1.0).all()
        assert (np.delete(affinity, movies) == 0.0).all()


def test_the_best_known_movies_of_a_taste_represent_it() -> None:
    tastes = fitted()
    assert tastes.representatives[taste(tastes, "Film-Noir")].tolist() == [20, 21, 22, 23, 24] + [
        -1
    ] * (tastes.representatives.shape[1] - 5)
    assert tastes.representatives[taste(tastes, "Romance")][0] == 40


def test_old_movies_are_a_taste_of_their_own_whatever_their_genre() -> None:
    years = np.where(np.arange(MOVIES) % 4 == 0, 1945.0, 1995.0)
    years[1] = np.nan
    tastes = fitted(years=years)
    classics = taste(tastes, "@classic")
    assert tastes.names[classics].genres == ()
    assert (tastes.affinity[classics] == (years == 1945.0)).all()
    assert tastes.years[classics].tolist() == [1945.0, 1945.0]
    assert "Film-Noir" in keys(tastes)


def test_movies_of_one_decade_have_no_classics() -> None:
    assert "@classic" not in keys(fitted(years=1991.0 + np.arange(MOVIES) % 8))


def test_vectors_decide_between_the_genres_of_a_movie() -> None:
    table = genres((HORROR, range(0, 30)), (ROMANCE, range(30, 60)))
    table[[0, 30], :] = table[0] | table[30]  # both genres: by their genres alike
    vectors = np.zeros((MOVIES, 2), dtype=np.float32)
    vectors[:30] = (1.0, 0.05)
    vectors[30:] = (0.05, 1.0)
    tastes = fitted(table, vectors=vectors)
    horror, romance = taste(tastes, "Horror"), taste(tastes, "Romance")
    assert tastes.affinity[horror, 0] > 2 * tastes.affinity[romance, 0]
    assert tastes.affinity[romance, 30] > 2 * tastes.affinity[horror, 30]
    without = fitted(table)
    assert without.affinity[horror, 0] == pytest.approx(without.affinity[romance, 0])


def test_a_movie_without_genres_belongs_where_its_vector_lies() -> None:
    table = genres((HORROR, range(1, 30)), (ROMANCE, range(30, 60)))
    vectors = np.repeat(np.eye(2, dtype=np.float32), 30, axis=0)
    tastes = fitted(table, vectors=vectors)
    assert (
        tastes.affinity[taste(tastes, "Horror"), 0]
        > 2 * (tastes.affinity[taste(tastes, "Romance"), 0])
    )
    assert (fitted(table).affinity[:, 0] == 0.0).all()


def test_many_genres_become_a_choice_that_fits_a_page() -> None:
    names = tuple(f"Genre {number}" for number in range(40))
    table = np.zeros((400, 40), dtype=bool)
    table[np.arange(400), np.arange(400) % 40] = True
    table[np.arange(0, 400, 3), (np.arange(0, 400, 3) + 1) % 40] = True  # what relates neighbours
    tastes = TasteClusters.fit(table, names, np.full(400, 9), np.full(400, np.nan))
    assert 8 <= len(tastes) <= 15
    assert all(1 <= len(name.genres) <= 2 for name in tastes.names)


@pytest.mark.parametrize(
    "table",
    [
        np.zeros((MOVIES, 0), dtype=bool),
        np.zeros((MOVIES, len(NAMES)), dtype=bool),
        genres((ROMANCE, range(MOVIES))),
        genres((ROMANCE, range(2)), (HORROR, range(2, 4))),
    ],
    ids=["no genres", "no movie has one", "one genre", "too few movies of each"],
)
def test_what_leaves_nothing_to_choose_has_no_tastes(table: np.ndarray) -> None:
    tastes = TasteClusters.fit(table, NAMES[: table.shape[1]], COUNTS, RECENT)
    assert len(tastes) == 0
    assert tastes.affinity.shape == (0, MOVIES)
    item_index, weight = tastes.items_for_points(np.zeros(0, dtype=np.int64))
    assert len(item_index) == len(weight) == 0
    assert tastes.points_for(np.array([1, 2])).shape == (0,)


def test_an_unrated_catalogue_has_no_tastes() -> None:
    nothing = np.zeros(MOVIES, dtype=np.int64)
    assert len(TasteClusters.fit(WORLD, NAMES, nothing, RECENT)) == 0
    assert len(TasteClusters.fit(WORLD[:0], NAMES, nothing[:0], RECENT[:0])) == 0


def test_points_are_stood_for_by_movies_of_the_tastes_in_proportion() -> None:
    tastes = fitted()
    points = np.zeros(len(tastes), dtype=np.int64)
    points[taste(tastes, "Horror")] = 4
    points[taste(tastes, "Film-Noir")] = 2
    item_index, weight = tastes.items_for_points(points)
    horror = (item_index >= 25) & (item_index < 40)
    assert set(item_index[~horror]) <= set(range(20, 25))
    assert weight.sum() == pytest.approx(POINTS_WEIGHT)
    assert weight[horror].sum() == pytest.approx(POINTS_WEIGHT * 4 / 6)
    assert tastes.share(points).sum() == pytest.approx(1.0)
    assert tastes.share(points)[taste(tastes, "Film-Noir")] == pytest.approx(1 / 3)


def test_points_for_the_tastes_of_another_catalogue_count_as_far_as_they_exist() -> None:
    tastes = fitted()
    points = tastes.points_of({"Horror": 4, "Sci-Fi": 2})
    assert points[taste(tastes, "Horror")] == points.sum() == 4
    assert tastes.share(tastes.points_of({"Sci-Fi": 6})).sum() == 0.0


def test_somebody_gives_points_to_what_they_like_more_of_than_others() -> None:
    tastes = fitted()
    points = tastes.points_for(np.array([20, 21, 26]))
    assert points[taste(tastes, "Film-Noir")] > points[taste(tastes, "Horror")] > 0
    assert points.sum() == TASTE_POINTS
    assert tastes.points_for(np.zeros(0, dtype=np.int64)).sum() == 0


def test_tastes_of_genres_share_each_movie_and_old_movies_are_wholly_classic() -> None:
    years = np.where(np.arange(MOVIES) % 4 == 0, 1945.0, 1995.0)
    tastes = fitted(years=years)
    classic = np.array([name.classic for name in tastes.names])
    movies = np.arange(MOVIES)
    parts = [tastes.distinctive(own, movies) for own in np.eye(len(tastes), dtype=bool)]
    genres = np.sum([part for part, old in zip(parts, classic, strict=True) if not old], axis=0)
    touched = tastes.affinity[~classic].any(axis=0)
    assert genres == pytest.approx(touched.astype(float))
    assert tastes.distinctive(~classic, movies) == pytest.approx(genres)
    assert tastes.distinctive(classic, movies) == pytest.approx(tastes.affinity[classic][0])
    assert not tastes.distinctive(np.zeros(len(tastes), dtype=bool), movies).any()


def test_saved_tastes_are_the_same_again(tmp_path: Path) -> None:
    years = np.where(np.arange(MOVIES) % 4 == 0, 1945.0, 1995.0)
    tastes = fitted(years=years)
    tastes.save(tmp_path / "tastes.npz")
    loaded = TasteClusters.load(tmp_path / "tastes.npz")
    assert loaded.names == tastes.names
    for field in ("affinity", "representatives", "years", "rating_counts"):
        assert np.array_equal(getattr(loaded, field), getattr(tastes, field), equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_catalogue_has_tastes_that_hold_together(data: st.DataObject) -> None:
    movies, kinds = data.draw(st.integers(0, 40)), data.draw(st.integers(0, 20))
    table = data.draw(arrays.arrays(bool, (movies, kinds)))
    counts = data.draw(arrays.arrays(np.int64, movies, elements=st.integers(0, 1000)))
    year = st.one_of(st.just(np.nan), st.floats(1900, 2020).map(round).map(float))
    years = data.draw(arrays.arrays(np.float64, movies, elements=year))
    vectors = data.draw(
        st.none()
        | arrays.arrays(
            np.float32, (movies, 3), elements=st.floats(-1, 1, width=16, allow_nan=False)
        )
    )
    names = tuple(f"Genre {number}" for number in range(kinds))
    tastes = TasteClusters.fit(table, names, counts, years, vectors)
    again = TasteClusters.fit(table, names, counts, years, vectors)
    assert np.array_equal(tastes.affinity, again.affinity)
    assert np.isfinite(tastes.affinity).all()
    assert ((tastes.affinity >= 0) & (tastes.affinity <= 1)).all()
    assert len(keys(tastes)) == len(tastes) != 1
    assert tastes.representatives.max(initial=-1) < movies
    if len(tastes):
        assert (tastes.representatives[:, 0] >= 0).all()
        liked = data.draw(st.lists(st.integers(0, movies - 1), max_size=9))
        points = tastes.points_for(np.array(liked, dtype=np.int64))
        assert points.sum() in (0, TASTE_POINTS)
        assert points.sum() == TASTE_POINTS * bool(tastes.affinity[:, liked].any())
        item_index, weight = tastes.items_for_points(points)
        assert weight.sum() == pytest.approx(POINTS_WEIGHT * bool(points.sum()), abs=1e-5)
        assert (np.diff(item_index) > 0).all()
