"""Movies to rate: those that people know and disagree about, of the tastes that a user has."""

from dataclasses import replace

import numpy as np
import pytest

from online.users.onboarding.elicitation import ElicitationState, select_movies_to_rate
from online.users.onboarding.taste_groups import TasteGroups
from sparrow.signals.models.taste_clusters import TasteClusters
from sparrow.vectors.item_vectors import ItemVectors

NOTHING = np.zeros(0, dtype=np.int64)


@pytest.fixture
def tastes(serving):
    return serving.tastes


def answers(tastes, points=None, rated=None, excluded=()):
    """By movie ids; what is rated is excluded as well."""
    item_index, given = tastes.catalogue.item_index, rated or {}
    return ElicitationState(
        tastes.clusters.points_of(points or {}),
        item_index(given),
        np.array(list(given.values()), dtype=np.float64),
        item_index([*given, *excluded]),
    )


def offered(tastes, count=8, **known):
    return tastes.catalogue.ids[
        select_movies_to_rate(tastes, answers(tastes, **known), count)
    ].tolist()


def with_stars(tastes, star_counts):
    """The same tastes, where movies got other stars."""
    counted = np.array(star_counts)
    stats = replace(tastes.catalogue.stats, count=counted.sum(axis=1))
    return fitted(replace(tastes.catalogue, star_counts=counted, stats=stats))


def fitted(catalogue):
    """The tastes that are found in a catalogue, as a release finds them."""
    als = catalogue.vectors.get("als")
    clusters = TasteClusters.fit(
        catalogue.genres,
        catalogue.genre_names,
        catalogue.stats.count,
        catalogue.stats.year,
        None if als is None else als.matrix,
    )
    return TasteGroups(catalogue, clusters)


def test_movies_of_the_tastes_are_offered_and_one_in_four_from_outside(tastes):
    for key, parity in (("Film-Noir", 1), ("Comedy|Drama", 0)):
        movies = offered(tastes, points={key: 6})
        assert [movie % 2 == parity for movie in movies] == [True, True, True, False] * 2


def test_what_was_answered_or_skipped_is_not_offered_again(tastes):
    first = offered(tastes, 4, points={"Comedy|Drama": 6})
    rated = {first[0]: 4.5, first[1]: 1.0}
    later = offered(tastes, 40, points={"Comedy|Drama": 6}, rated=rated, excluded=first[2:])
    assert not set(first) & set(later)
    assert len(set(later)) == len(later) == 40


def test_ratings_shift_what_is_offered_next(tastes):
    for parity in (0, 1):
        liked = {movie * 2 + parity: 5.0 for movie in range(1, 5)}
        assert {movie % 2 for movie in offered(tastes, 3, rated=liked)} == {parity}
        disliked = dict.fromkeys(liked, 1.0)
        mixed = offered(tastes, 3, points={"Film-Noir": 3, "Comedy|Drama": 3}, rated=disliked)
        assert {movie % 2 for movie in mixed} == {1 - parity}


def test_of_two_movies_the_one_that_divides_people_comes_first(tastes):
    movies = len(tastes.catalogue)
    agreed = np.zeros((movies, 10), dtype=np.int64)
    agreed[:, 7] = 20
    divided = agreed.copy()
    divided[10] = [4, 0, 4, 0, 4, 0, 4, 0, 4, 0]
    assert select_movies_to_rate(
        with_stars(tastes, divided),
        ElicitationState(tastes.clusters.points_of({}), NOTHING, np.zeros(0), NOTHING),
        1,
    ).tolist() == [10]


def test_of_two_movies_that_divide_people_alike_the_better_known_comes_first(tastes):
    movies = len(tastes.catalogue)
    divided = np.zeros((movies, 10), dtype=np.int64)
    divided[:, [0, 9]] = 2
    divided[33, [0, 9]] = 200
    assert offered(with_stars(tastes, divided), 1) == [int(tastes.catalogue.ids[33])]


@pytest.mark.parametrize(("alike", "other"), [(5, 9), (9, 5)])
def test_a_movie_like_one_that_is_rated_adds_less(tastes, alike, other):
    movies = len(tastes.catalogue)
    matrix = np.random.default_rng(3).normal(size=(movies, 16)).astype(np.float32)
    matrix[alike] = matrix[2]
    vectors = {"als": ItemVectors(matrix, np.ones(movies, dtype=bool))}
    catalogue = with_stars(tastes, np.full((movies, 10), 3)).catalogue
    world = fitted(replace(catalogue, vectors=vectors))
    excluded = np.setdiff1d(np.arange(movies), [alike, other])
    rated = ElicitationState(world.clusters.points_of({}), np.array([2]), np.array([3.0]), excluded)
    assert select_movies_to_rate(world, rated, 2).tolist() == [other, alike]


def test_nothing_is_left_to_offer_when_all_was_answered(tastes):
    everything = tastes.catalogue.ids.tolist()
    assert offered(tastes, 5, excluded=everything) == []
    assert len(offered(tastes, 5, excluded=everything[:-3])) <= 3


def test_a_catalogue_without_vectors_and_without_tastes_offers_well_known_movies(serving):
    catalogue = serving.catalogue
    plain = replace(catalogue, vectors={}, genres=np.zeros_like(catalogue.genres), genre_names=())
    tastes = fitted(plain)
    assert tastes.groups == ()
    movies = select_movies_to_rate(
        tastes, ElicitationState(NOTHING, NOTHING, np.zeros(0), NOTHING), 5
    )
    assert len(movies) == 5
    assert (catalogue.stats.count[movies] > np.median(catalogue.stats.count)).all()
