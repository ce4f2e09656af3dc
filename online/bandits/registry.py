"""The bandits that may fill places which explore, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from online.bandits.bandit import Bandit
from online.bandits.linucb import InteractionFeatures
from online.bandits.reward_buffer import SegmentRewards
from online.bandits.segments import contexts
from online.bandits.shared_linucb import SharedLinUcb
from online.bandits.thompson import Thompson
from online.bandits.uniform import Uniform
from online.catalogue.catalogue import Catalogue
from online.types import BanditName

BanditFactory = Callable[[SegmentRewards, Catalogue], Bandit]


def _linucb(rewards: SegmentRewards, catalogue: Catalogue) -> Bandit:
    return SharedLinUcb(
        InteractionFeatures(catalogue.genres), rewards, contexts(len(catalogue.genre_names))
    )


BANDITS: Mapping[BanditName, BanditFactory] = {
    "thompson": lambda rewards, _: Thompson(rewards),
    "linucb": _linucb,
    "uniform": lambda _rewards, _catalogue: Uniform(),
}
