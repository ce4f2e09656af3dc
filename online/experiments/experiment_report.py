"""What an experiment says so far: counts, and what they mean."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from redis.asyncio import Redis

from online.experiments.assignment.experiment import Experiment, Method, Status
from online.experiments.logging.outcome_records import InterleavingClicks, decode_outcomes
from online.experiments.logging.pre_period import read_pre_period
from online.experiments.statistics.outcomes import Outcomes
from online.experiments.statistics.preference import Preference, preference
from online.experiments.statistics.results import ExperimentResults, VariantOutcomes, results
from sparrow.redis import keys

_PAGE = 10_000


@dataclass(frozen=True)
class VariantCounts:
    """What the users of one variant saw and did, each from the first exposed list on."""

    variant: str
    users: int
    exposures: int  # lists
    impressions: int  # movies in these lists
    clicks: int
    ratings: int
    watchlist: int


@dataclass(frozen=True)
class ExperimentReport:
    """The results of an experiment."""

    experiment: str
    status: Status
    started_at: float | None  # seconds since 1970
    stopped_at: float | None
    trustworthy: bool  # False: users are not split as they should be, so something is broken
    counts: tuple[VariantCounts, ...]
    results: ExperimentResults | None  # None for interleaved lists, where clicks are votes:
    preference: Preference | None  # … for the first variant (A) or the second (B)


async def report(redis: Redis, experiment: Experiment) -> ExperimentReport:
    """Reads the records of all users; raises RedisError while Redis is away."""
    mixed = experiment.method is Method.INTERLEAVED
    pages = redis.hscan_iter(keys.experiment_outcomes(experiment.name), count=_PAGE)
    found = {user_id: value async for user_id, value in pages}
    records = decode_outcomes(found.values())
    of_variant = [records["variant"] == place for place in range(len(experiment.labels))]
    parts = dict(zip(experiment.labels, (records[mine] for mine in of_variant), strict=True))
    noted = await read_pre_period(redis, experiment, list(found))
    before = [None if noted is None else noted[mine] for mine in of_variant]
    results = None if mixed else await asyncio.to_thread(_compared, experiment, parts, before)
    return ExperimentReport(
        experiment=experiment.name,
        status=experiment.status,
        started_at=experiment.started_at,
        stopped_at=experiment.stopped_at,
        trustworthy=results is None or not results.sample_ratio.mismatch,
        counts=tuple(_counts(name, part) for name, part in parts.items()),
        results=results,
        preference=await _preferred(redis, experiment) if mixed else None,
    )


def _compared(
    experiment: Experiment,
    parts: Mapping[str, np.ndarray],
    before: Sequence[np.ndarray | None],
) -> ExperimentResults:
    shares = {variant.name: variant.share for variant in experiment.variants}
    compared = {
        name: VariantOutcomes(
            _outcomes(part), shares[name], None if earlier is None else _outcomes(earlier)
        )
        for (name, part), earlier in zip(parts.items(), before, strict=True)
    }
    return results(compared, control=experiment.variants[0].name)


async def _preferred(redis: Redis, experiment: Experiment) -> Preference:
    pages = redis.hscan_iter(keys.interleaving_clicks(experiment.name), count=_PAGE)
    votes = [InterleavingClicks.model_validate_json(value).votes async for _, value in pages]
    return await asyncio.to_thread(preference, *np.array(votes, dtype=np.int64).reshape(-1, 2).T)


def _outcomes(records: np.ndarray) -> Outcomes:
    return Outcomes(
        impressions=records["movies"],
        clicks=records["clicks"],
        ratings=records["ratings"],
        stars=records["stars"],
        watchlist=records["watchlist"],
    )


def _counts(variant: str, records: np.ndarray) -> VariantCounts:
    return VariantCounts(
        variant=variant,
        users=len(records),
        exposures=int(records["lists"].sum()),
        impressions=int(records["movies"].sum()),
        clicks=int(records["clicks"].sum()),
        ratings=int(records["ratings"].sum()),
        watchlist=int(records["watchlist"].sum()),
    )
