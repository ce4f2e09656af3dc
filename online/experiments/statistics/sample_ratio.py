"""Sample-ratio mismatch: are there as many users in each variant as there should be?

If not, something other than chance decided who was counted, and no other figure can be trusted
(Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD 2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MISMATCH_P_VALUE = 0.001  # looked at all the time, so only a very small p-value counts


@dataclass(frozen=True)
class SampleRatio:
    """Counted users against the expected ones."""

    counts: Mapping[str, int]  # by variant
    expected: Mapping[str, float]
    p_value: float  # chi-square

    @property
    def mismatch(self) -> bool:
        """Whether the results must not be trusted."""
        return self.p_value < MISMATCH_P_VALUE


def sample_ratio(counts: Mapping[str, int], shares: Mapping[str, float]) -> SampleRatio:
    """`shares` are those that the experiment is set to; they need not add up to 1.

    Raises ValueError for a variant that has users and no share.
    """
    from scipy import special  # here: servers start without it

    allow_unknown_user = [name for name, count in counts.items() if count and not shares.get(name)]
    if allow_unknown_user:
        raise ValueError(f"Expected shares of all with users, got none of {allow_unknown_user}.")
    names = [name for name in counts if shares.get(name)]
    total, whole = sum(counts.values()), sum(shares[name] for name in names)
    expected = {name: total * shares[name] / whole for name in names}
    if total == 0 or len(names) < 2:
        return SampleRatio(counts, expected, 1.0)
    distance = sum((counts[name] - expected[name]) ** 2 / expected[name] for name in names)
    return SampleRatio(counts, expected, float(special.chdtrc(len(names) - 1, distance)))
