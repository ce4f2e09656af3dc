"""Which bandit explores: as the server is set, or as a variant says; its chances stay exact."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import release_world
from pydantic import ValidationError

from online.bandits.registry import BANDITS
from online.bandits.segments import NEWCOMERS, contexts
from online.experiments.assignment.experiment import Parameters
from online.flow.rerankers.explore import EPSILON, Explore, exploration_ranks
from online.flow.stages import NO_PROVENANCE, Candidates
from online.serving.loaded_release import LoadedRelease
from online.types import BanditName
from sparrow.settings import Settings

EVERYTHING = Candidates(np.arange(80), np.full((1, 80), NO_PROVENANCE))
SCORES = np.linspace(1, 0, 80)
FIRST = int(exploration_ranks(0.025, 40)[0])
POSTERIOR_SAMPLES = 400


@pytest.fixture
def own(release):
    """A server's release of its own: its counts are this test's."""
    return LoadedRelease.load(release.root, redis=None, scorer="embedding")


def bandit_of(serving, *asked):
    flow = serving.flow("discover", "signal:als", *asked)
    return next(r.bandit for r in flow.rerankers if isinstance(r, Explore))


def test_the_server_and_a_variant_name_the_bandit(own):
    assert bandit_of(own).name == "thompson"
    assert bandit_of(own.with_bandit("linucb")).name == "linucb"
    assert bandit_of(own.with_bandit("linucb"), "uniform").name == "uniform"


def test_the_setting_the_variants_and_the_menu_have_the_same_names():
    assert set(BANDITS) == set(get_args(BanditName))
    for name in BANDITS:
        assert (
            Settings(exploration_policy=name, _env_file=None).exploration_policy
            == Parameters(bandit=name).bandit
            == name
        )
    for kind in (lambda: Settings(exploration_policy="magic"), lambda: Parameters(bandit="magic")):
        with pytest.raises(ValidationError, match="'thompson', 'linucb' or 'uniform'"):
            kind()


def teach(serving, clicked):
    """Everybody was shown everything thirty times and clicked on the movies that `clicked` says."""
    ids = serving.catalogue.ids
    serving.rewards.reward_buffer.table = {
        (segment, int(movie)): np.array([30.0, 30.0 * bool(clicked(int(movie)))])
        for segment in serving.rewards.names
        for movie in ids
    }


@pytest.mark.redis
def test_linucb_learns_what_all_processes_counted_and_notes_exact_chances(own, request_for):
    read = request_for(777)
    item_index, chances = [], []
    teach(own, lambda movie: "Comedy" in release_world.genre_names(movie))
    explore = Explore(bandit_of(own, "linucb"), "r", 0.025)
    for hour in range(POSTERIOR_SAMPLES):
        request = replace(read, at=3600 * hour, propensities={})
        item_index.append(int(explore(request, EVERYTHING, SCORES)[FIRST]))
        chances.append(request.propensities[item_index[-1]])
    drawn, chance = np.array(item_index), np.array(chances)
    comedies = np.array(
        ["Comedy" in release_world.genre_names(m) for m in own.catalogue.ids[drawn]]
    )
    assert comedies.mean() > 1 - EPSILON
    favourite = np.bincount(drawn).argmax()
    for item in (favourite, 79):  # the weights of each add up to the number of sample_scores
        weight = np.where(drawn == item, 1 / chance, 0.0)
        error = weight.std() / POSTERIOR_SAMPLES**0.5
        assert weight.mean() == pytest.approx(1.0, abs=4 * error + 0.01)
    teach(own, lambda movie: "Film-Noir" in release_world.genre_names(movie))
    newcomer = contexts(len(release_world.GENRES))[NEWCOMERS]
    taught = explore.bandit.sample_scores(newcomer, np.arange(80), np.random.default_rng(0), 1)[0]
    assert "Film-Noir" in release_world.genre_names(int(own.catalogue.ids[taught.argmax()]))
