"""The results of an experiment: each variant's figures, and how they differ from the control's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from online.experiments.statistics.difference import Difference, difference
from online.experiments.statistics.outcomes import METRICS, Metric, Outcomes
from online.experiments.statistics.sample import Sample
from online.experiments.statistics.sample_ratio import SampleRatio, sample_ratio


@dataclass(frozen=True)
class VariantOutcomes:
    """What came of one variant."""

    outcomes: Outcomes
    share: float  # of the experiment's users, as it is set
    before: Outcomes | None = None  # of the same users, before the start, at the same places


@dataclass(frozen=True)
class MetricEstimate:
    """One metric of one variant."""

    metric: str
    value: float | None  # None: nothing to divide by
    low: float | None  # confidence interval of the value; None for less than two users
    high: float | None
    difference: Difference | None  # to the control; None for the control, and without evidence


@dataclass(frozen=True)
class VariantResult:
    """All metrics of one variant."""

    name: str
    users: int
    figures: tuple[MetricEstimate, ...]  # in the order of `METRICS`


@dataclass(frozen=True)
class ExperimentResults:
    """What an experiment says so far."""

    control: str
    variants: tuple[VariantResult, ...]
    sample_ratio: SampleRatio


def results(
    variants: Mapping[str, VariantOutcomes], control: str, level: float = 0.95
) -> ExperimentResults:
    """Compare variants with the control, by name.

    P-values are for one comparison each: with several variants and metrics, name the one that
    decides before the start. Raises KeyError for a control that is no variant.
    """
    return ExperimentResults(
        control=control,
        variants=tuple(
            VariantResult(
                name=name,
                users=len(variant.outcomes),
                figures=tuple(
                    _figure(metric, variant, None if name == control else variants[control], level)
                    for metric in METRICS
                ),
            )
            for name, variant in variants.items()
        ),
        sample_ratio=sample_ratio(
            {name: len(variant.outcomes) for name, variant in variants.items()},
            {name: variant.share for name, variant in variants.items()},
        ),
    )


def _figure(
    metric: Metric, variant: VariantOutcomes, control: VariantOutcomes | None, level: float
) -> MetricEstimate:
    sample = metric(variant.outcomes)
    if sample is None:
        return MetricEstimate(metric.name, None, None, None, None)
    low, high = _interval(sample, level)
    found = None if control is None else _difference(metric, control, variant, level)
    return MetricEstimate(metric.name, sample.value, low, high, found)


def _interval(sample: Sample, level: float) -> tuple[float | None, float | None]:
    from scipy import special  # here: servers start without it

    if len(sample) < 2:
        return None, None
    reach = float(special.stdtrit(len(sample) - 1, (1 + level) / 2)) * math.sqrt(sample.variance)
    return sample.value - reach, sample.value + reach


def _difference(
    metric: Metric, control: VariantOutcomes, variant: VariantOutcomes, level: float
) -> Difference | None:
    now = metric(control.outcomes), metric(variant.outcomes)
    if now[0] is None or now[1] is None:
        return None
    before = None
    if control.before is not None and variant.before is not None:
        earlier = metric(control.before), metric(variant.before)
        if earlier[0] is not None and earlier[1] is not None:
            before = earlier[0], earlier[1]
    return difference(now[0], now[1], before, level)
