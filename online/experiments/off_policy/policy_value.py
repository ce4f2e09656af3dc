"""What a policy would have earned in the places of served lists that were drawn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from redis.asyncio import Redis

from online.bandits.reward_log import counted_before
from online.experiments.off_policy import estimators
from online.experiments.off_policy.estimators import Value
from online.experiments.off_policy.logged_lists import Listed, Scope, opened, read_log
from online.experiments.off_policy.reward_model import foretold
from online.experiments.off_policy.target_policy import Choice, Policy
from online.flow.stages import Request
from online.serving.loaded_release import Serving
from online.types import BanditName, Query
from sparrow.errors import DataError

BATCH = 200  # lists whose viewers are read in one round trip
_DAY_MILLISECONDS = 86_400_000


@dataclass(frozen=True)
class Wanted:
    """Which policy, judged by which lists."""

    flow: str
    model: str | None = None  # None: the release's default
    bandit: BanditName | None = None  # None: what the flow explores by
    by: str | None = None  # the flow whose lists are read; None: of all
    newest: int = 2000  # lists
    within: float = 3600.0  # seconds in which a click counts
    clip: float = np.inf  # largest weight


@dataclass(frozen=True)
class Estimates:
    """Clicks a drawn place, by the policy that served and by the one in question."""

    served: Value
    estimates: Mapping[str, Value]  # of the policy in question, by the way it was estimated
    lists: int
    left_out: Mapping[str, int]  # lists of the log, by reason
    choices: int
    mean_weight: float  # near 1 if the log has all that the policy would choose


async def estimate(serving: Serving, redis: Redis, wanted: Wanted) -> Estimates:
    """Raises DataError when the log cannot tell, RedisError while Redis is away."""
    policy = Policy(serving, wanted.flow, serving.model(wanted.model), wanted.bandit)
    log = await read_log(redis, Scope(serving.id, wanted.by, wanted.newest))
    if not log.lists:
        raise DataError(_nothing(log.left_out))
    clicks = await opened(redis, log.lists, wanted.within)
    numbers, choices = [], []
    async for number, choice in _choices(serving, redis, policy, log.lists):
        numbers.append(number)
        choices.append(choice)
    lists = [log.lists[number] for number in numbers]
    made = estimators.Log(
        reward=np.array([clicks[n][c.place] for n, c in zip(numbers, choices, strict=True)], float),
        propensity=np.array(
            [listed.propensities[c.place] for listed, c in zip(lists, choices, strict=True)]
        ),
        target=np.array([choice.target for choice in choices]),
        clip=wanted.clip,
        unit=np.array([listed.user_id for listed in lists]),
    )
    if not made.target.any():
        raise DataError(
            f"None of the {len(choices):,} drawn movies is one that {wanted.flow} would have put "
            "there: this log says nothing of it."
        )
    return Estimates(
        served=estimators.ips(_as_served(made)),
        estimates=_estimates(made, choices),
        lists=len(log.lists),
        left_out=log.left_out,
        choices=len(choices),
        mean_weight=float(made.weight.mean()),
    )


def _estimates(log: estimators.Log, choices: list[Choice]) -> dict[str, Value]:
    assert log.unit is not None  # noqa: S101 - `estimate` gives it
    shown, wanted = (
        np.array([getattr(choice, name) for choice in choices]) for name in ("shown", "wanted")
    )
    found = {
        "IPS": estimators.ips(log),
        "SNIPS": estimators.snips(log),
        "doubly robust": estimators.doubly_robust(
            log, *foretold(shown, wanted, log.reward, log.unit)
        ),
    }
    kept = estimators.replay(log, np.random.default_rng(0))
    return found if kept is None else found | {"replay": kept}


def _as_served(log: estimators.Log) -> estimators.Log:
    return estimators.Log(log.reward, log.propensity, log.propensity, unit=log.unit)


async def _choices(
    serving: Serving, redis: Redis, policy: Policy, lists: Sequence[Listed]
) -> AsyncIterator[tuple[int, Choice]]:
    """The choices of all lists, each with the number of its list.

    Viewers are as they were before it, and bandits know what was counted before its day: what came
    of the lists must not be known to the policy that is judged by them.
    """
    day = -1
    for start in range(0, len(lists), BATCH):
        batch = lists[start : start + BATCH]
        moments = [listed.at // 1000 for listed in batch]
        viewers = await serving.viewers.many([listed.user_id for listed in batch], moments)
        for number, (listed, viewer) in enumerate(zip(batch, viewers, strict=True), start):
            if listed.at // _DAY_MILLISECONDS != day:
                day = listed.at // _DAY_MILLISECONDS
                serving.rewards.tally.table = await counted_before(redis, day)
            at = listed.at // 1000
            query = Query(listed.user_id, limit=len(listed.movies), at=at)
            for choice in policy.choices(Request(query, viewer, serving.catalogue, at), listed):
                yield number, choice


def _nothing(left_out: Mapping[str, int]) -> str:
    if not left_out:
        return (
            "Expected lists in the log of impressions, but there are none: serve some to viewers "
            "with an id."
        )
    reasons = ", ".join(f"{count:,} {why}" for why, count in left_out.items())
    return (
        f"Expected lists with places that were drawn by a logged chance, but the log has none "
        f"({reasons}): the flow discover draws, and home does if the release's parameter `explore` "
        "says so."
    )
