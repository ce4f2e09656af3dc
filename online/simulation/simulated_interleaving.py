"""Two rankings in one list, before simulated users."""

from __future__ import annotations

import numpy as np

from online.experiments.interleaving.team_draft import attribute_clicks, team_draft
from online.experiments.statistics.preference import Preference, preference
from online.simulation.click_model import ClickModel
from online.simulation.ground_truth import GroundTruth
from online.simulation.simulated_experiment import Ranker
from sparrow.arrays import Int


def interleaved(
    tastes: GroundTruth, rankers: tuple[Ranker, Ranker], users: Int, random: np.random.Generator
) -> Preference:
    """Which of two rankings `users` (places in the tastes) prefer, by one visit of each."""
    behaviour, votes = ClickModel(), []
    stars = tastes.of(users)
    a, b = (ranker(users) for ranker in rankers)
    for row, liked in enumerate(stars):
        draft = team_draft(a[row], b[row], a.shape[1], seed=int(random.integers(2**63)))
        chance = behaviour.clicks(liked[np.newaxis, draft.movies])[0]
        votes.append(attribute_clicks(draft, draft.movies[random.random(len(chance)) < chance]))
    return preference(*np.array(votes).T)
