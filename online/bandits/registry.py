"""The bandits that may fill places which explore, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from online.bandits.bandit import Bandit
from online.bandits.linucb import Pairs
from online.bandits.reward_buffer import RecentRewards
from online.bandits.segments import contexts
from online.bandits.shared_linucb import LinUcbOfAll
from online.bandits.thompson import Thompson
from online.bandits.uniform import Uniform
from online.catalogue.catalogue import Catalogue
from online.types import BanditName

Make = Callable[[RecentRewards, Catalogue], Bandit]


def _linucb(rewards: RecentRewards, catalogue: Catalogue) -> Bandit:
    return LinUcbOfAll(Pairs(catalogue.genres), rewards, contexts(len(catalogue.genre_names)))


BANDITS: Mapping[BanditName, Make] = {
    "thompson": lambda rewards, _: Thompson(rewards),
    "linucb": _linucb,
    "uniform": lambda _rewards, _catalogue: Uniform(),
}
