"""What simulated users do with a list: where they examination, and what they make of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.experiments.statistics.outcomes import Outcomes


@dataclass(frozen=True)
class ClickModel:
    """A click model with position bias: a movie is clicked if it is looked at and attracts.

    The position-based model (Richardson, Dominowska, Ragno 2007; Chuklin, Markov, de Rijke, "Click
    Models for Web Search", 2015): both happen independently of each other.
    """

    examination: float = (
        0.6  # chance that the first place is looked at; the k-th: examination / log2(k + 1)
    )
    threshold: float = 4.0  # stars at which a movie attracts every second examination
    slope: float = 1.5  # how much more a star more attracts, in log-odds
    rates: float = 0.3  # chance of a rating after a click
    lists: float = 0.2  # chance of the watchlist after a click
    noise: float = 0.8  # standard deviation of a rating around the taste, stars
    most_visits: float = 0.5  # users come on a share of days between 0 and this

    def clicks(self, stars: np.ndarray) -> np.ndarray:
        """Chance of a click on each place of lists of movies so liked: `(users, places)`."""
        looked_at = self.examination / np.log2(np.arange(stars.shape[1]) + 2)
        chance: np.ndarray = looked_at / (1 + np.exp(-self.slope * (stars - self.threshold)))
        return chance

    def visit(
        self, came: np.ndarray, chance: np.ndarray, stars: np.ndarray, random: np.random.Generator
    ) -> Outcomes:
        """What comes of a day: who `came` (`(users,)` bool) sees a list of `stars`."""
        size, there = len(came), np.flatnonzero(came)
        visit, place = np.nonzero(random.random((len(there), chance.shape[1])) < chance[there])
        user = there[visit]
        after = random.random(len(user))
        rated, listed = after < self.rates, after > 1 - self.lists
        liked = stars[user, place][rated] + random.normal(0, self.noise, int(rated.sum()))
        given = np.clip(np.round(liked * 2) / 2, 0.5, 5)
        return Outcomes(
            impressions=came * stars.shape[1],
            clicks=np.bincount(user, minlength=size),
            ratings=np.bincount(user[rated], minlength=size),
            stars=np.bincount(user[rated], given, size),
            watchlist=np.bincount(user[listed], minlength=size),
        )
