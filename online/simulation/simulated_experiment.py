"""An A/B test in a simulated world, counted and judged as a real one is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields

import numpy as np

from online.experiments.statistics.outcomes import Outcomes
from online.experiments.statistics.results import ExperimentResults, VariantOutcomes, results
from online.simulation.click_model import ClickModel
from online.simulation.ground_truth import GroundTruth
from sparrow.arrays import Int

Ranker = Callable[[Int], np.ndarray]
"""From places of users, `(n,)`, to their lists, places of movies, best first: `(n, places)`."""

Assign = Callable[[int], str | None]
"""From a user's id to the variant; None for somebody who is not in the experiment."""

_SUMS = tuple(column.name for column in fields(Outcomes))


@dataclass(frozen=True)
class Simulation:
    """Users who come day after day, each to the list of the own variant."""

    tastes: GroundTruth
    rankers: Mapping[str, Ranker]  # by variant, the control first
    shares: Mapping[str, float]  # by variant
    days: int = 14
    warm_up: int = 0  # days before the start on which everybody sees the control
    behaviour: ClickModel = field(default_factory=ClickModel)

    def daily_results(
        self, users: Int, assign: Assign, random: np.random.Generator
    ) -> Iterator[ExperimentResults]:
        """The results so far after each day, with `users` (places in the tastes) taking part.

        A user's id is the index in `users`.
        """
        variant = [assign(user_id) for user_id in range(len(users))]
        frequency = random.uniform(0, self.behaviour.most_visits, len(users))
        crowds = {name: self._crowd(users, variant, name) for name in self.rankers}
        before = {n: self._before(crowd, frequency, random) for n, crowd in crowds.items()}
        totals = {name: crowd.nothing() for name, crowd in crowds.items()}
        for _ in range(self.days):
            for name, crowd in crowds.items():
                totals[name] += crowd.day(frequency, self.behaviour, random)
            yield self._judged(totals, before)

    def _crowd(self, users: Int, variant: list[str | None], name: str) -> _Cohort:
        members = np.array([i for i, own in enumerate(variant) if own == name], dtype=np.int64)
        return _Cohort.of(self, members, users[members], name)

    def _before(
        self, crowd: _Cohort, frequency: np.ndarray, random: np.random.Generator
    ) -> np.ndarray | None:
        if self.warm_up == 0:
            return None
        control = next(iter(self.rankers))
        earlier = _Cohort.of(self, crowd.members, crowd.users, control)
        days = (earlier.day(frequency, self.behaviour, random) for _ in range(self.warm_up))
        return sum(days, earlier.nothing())

    def _judged(
        self, totals: Mapping[str, np.ndarray], before: Mapping[str, np.ndarray | None]
    ) -> ExperimentResults:
        control, variants = next(iter(self.rankers)), {}
        for name, sums in totals.items():
            exposed = sums[0] > 0  # only who was shown something counts
            earlier = before[name]
            variants[name] = VariantOutcomes(
                Outcomes(*sums[:, exposed]),
                self.shares[name],
                None if earlier is None else Outcomes(*earlier[:, exposed]),
            )
        return results(variants, control)


@dataclass(frozen=True)
class _Cohort:
    """The users of one variant, with what they see."""

    members: Int  # ids
    users: Int  # their places in the tastes
    stars: np.ndarray  # (n, places) how they like what they see
    chance: np.ndarray  # (n, places) of a click

    @classmethod
    def of(cls, world: Simulation, members: Int, users: Int, variant: str) -> _Cohort:
        """`members` looking at the lists of a variant."""
        lists = world.rankers[variant](users)
        stars = np.take_along_axis(world.tastes.of(users), lists, axis=1)
        return cls(members, users, stars, world.behaviour.clicks(stars))

    def nothing(self) -> np.ndarray:
        """Sums before the first day: `(sums, n)`."""
        return np.zeros((len(_SUMS), len(self.members)))

    def day(
        self, frequency: np.ndarray, behaviour: ClickModel, random: np.random.Generator
    ) -> np.ndarray:
        """What came of one day: `(sums, n)`."""
        came = random.random(len(self.members)) < frequency[self.members]
        outcomes = behaviour.visit(came, self.chance, self.stars, random)
        return np.stack([getattr(outcomes, name) for name in _SUMS])
