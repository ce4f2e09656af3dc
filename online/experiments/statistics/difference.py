"""How a variant differs from the control, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from online.experiments.statistics.cuped import Pair, adjusted
from online.experiments.statistics.sample import Sample
from online.experiments.statistics.sequential import SequentialTest, sequential_test


@dataclass(frozen=True)
class Difference:
    """Variant − control of one metric."""

    absolute: float
    relative: float | None  # to the control's value; None where that is 0
    low: float  # confidence interval of `absolute`, for one look at a time fixed before
    high: float
    p_value: float  # Welch, two-sided, for the same one look
    any_time: SequentialTest | None  # for looking at any time; None while there are too few users
    cuped: bool  # adjusted by what the users did before the start


def difference(
    control: Sample, variant: Sample, before: Pair | None = None, level: float = 0.95
) -> Difference | None:
    """Welch's test over users; None where they do not differ enough to say anything.

    `before` are control and variant in a period before the start, users at the same places.
    """
    from scipy import special  # here: servers start without it

    if before is not None:
        control, variant = adjusted((control, variant), before)
    error = math.sqrt(control.variance + variant.variance)
    if error == 0 or min(len(control), len(variant)) < 2:
        return None
    absolute = variant.value - control.value
    degrees = _degrees(control, variant)
    reach = float(special.stdtrit(degrees, (1 + level) / 2)) * error  # Student's quantile
    return Difference(
        absolute=absolute,
        relative=absolute / control.value if control.value != 0 else None,
        low=absolute - reach,
        high=absolute + reach,
        p_value=2 * float(special.stdtr(degrees, -abs(absolute) / error)),
        any_time=sequential_test(control, variant, level),
        cuped=before is not None,
    )


def _degrees(control: Sample, variant: Sample) -> float:
    """Degrees of freedom by Welch (1947) and Satterthwaite."""
    each = [(s.variance**2 / (len(s) - 1)) for s in (control, variant)]
    return (control.variance + variant.variance) ** 2 / sum(each)
