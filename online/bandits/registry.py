"""The bandits that can fill exploration ranks, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from online.bandits.bandit import Bandit
from online.bandits.linucb import InteractionFeatures, LinUcb
from online.bandits.rewards import SegmentRewards
from online.bandits.sampling import ThompsonSampling, UniformSampling
from online.bandits.segments import contexts
from online.catalogue.catalogue import Catalogue
from online.types import BanditName

BANDITS: Mapping[BanditName, Callable[[SegmentRewards, Catalogue], Bandit]] = {
    "thompson": lambda rewards, _: ThompsonSampling(rewards),
    "linucb": lambda rewards, catalogue: LinUcb(
        InteractionFeatures(catalogue.genres), rewards, contexts(len(catalogue.genre_names))
    ),
    "uniform": lambda _rewards, _catalogue: UniformSampling(),
}
