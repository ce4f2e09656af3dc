"""What an experiment says so far: counts, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from redis.asyncio import Redis

from online.experiments.definition import Experiment, Status
from online.experiments.outcome import decode_outcomes
from online.experiments.statistics.outcomes import Outcomes
from online.experiments.statistics.results import Results, Variant, results
from sparrow import keys

_PAGE = 10_000


@dataclass(frozen=True)
class Counts:
    """What the viewers of one variant saw and did, each from the first exposed list on."""

    variant: str
    viewers: int
    exposures: int  # lists
    impressions: int  # movies in these lists
    clicks: int
    ratings: int
    watchlist: int


@dataclass(frozen=True)
class Report:
    """The results of an experiment."""

    experiment: str
    status: Status
    started_at: float | None  # seconds since 1970
    stopped_at: float | None
    trustworthy: bool  # False: viewers are not split as they should be, so something is broken
    counts: tuple[Counts, ...]
    results: Results


async def report(redis: Redis, experiment: Experiment) -> Report:
    """Reads the records of all viewers; raises RedisError while Redis is away."""
    pages = redis.hscan_iter(keys.outcomes(experiment.name), count=_PAGE)
    records = decode_outcomes([value async for _, value in pages])
    parts = {
        variant.name: records[records["variant"] == place]
        for place, variant in enumerate(experiment.variants)
    }
    shares = {variant.name: variant.share for variant in experiment.variants}
    said = results(
        {name: Variant(_outcomes(part), shares[name]) for name, part in parts.items()},
        control=experiment.variants[0].name,
    )
    return Report(
        experiment=experiment.name,
        status=experiment.status,
        started_at=experiment.started_at,
        stopped_at=experiment.stopped_at,
        trustworthy=not said.sample_ratio.mismatch,
        counts=tuple(_counts(name, part) for name, part in parts.items()),
        results=said,
    )


def _outcomes(records: np.ndarray) -> Outcomes:
    return Outcomes(
        impressions=records["movies"],
        clicks=records["clicks"],
        ratings=records["ratings"],
        stars=records["stars"],
        watchlist=records["watchlist"],
    )


def _counts(variant: str, records: np.ndarray) -> Counts:
    return Counts(
        variant=variant,
        viewers=len(records),
        exposures=int(records["lists"].sum()),
        impressions=int(records["movies"].sum()),
        clicks=int(records["clicks"].sum()),
        ratings=int(records["ratings"].sum()),
        watchlist=int(records["watchlist"].sum()),
    )
