"""What a policy would have earned in the places of served lists that were drawn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from redis.asyncio import Redis

from online.bandits.reward_log import counts_as_of
from online.experiments.off_policy import estimators
from online.experiments.off_policy.estimators import PolicyValue
from online.experiments.off_policy.logged_lists import (
    LogFilter,
    LoggedList,
    clicked_movies,
    read_log,
)
from online.experiments.off_policy.reward_model import predict_rewards
from online.experiments.off_policy.target_policy import Policy, PolicyChoice
from online.flow.stages import Request
from online.serving.loaded_release import LoadedRelease
from online.types import BanditName, Query
from sparrow.errors import DataError
from sparrow.units import DAY

BATCH = 200  # lists whose users are read in one round trip
_DAY_MILLISECONDS = 1000 * DAY


@dataclass(frozen=True)
class OpeQuery:
    """Which policy, judged by which lists."""

    flow: str
    model: str | None = None  # None: the release's default
    bandit: BanditName | None = None  # None: what the flow explores by
    logged_flow: str | None = None  # the flow whose lists are read; None: of all
    limit: int = 2000  # lists
    click_window: float = 3600.0  # seconds in which a click counts
    clip: float = np.inf  # largest weight


@dataclass(frozen=True)
class OpeResult:
    """Clicks a drawn place, by the policy that served and by the one in question."""

    served: PolicyValue
    estimates: Mapping[str, PolicyValue]  # of the policy in question, by the way it was estimated
    lists: int
    skipped: Mapping[str, int]  # lists of the log, by reason
    choices: int
    mean_weight: float  # near 1 if the log has all that the policy would choose


async def estimate(serving: LoadedRelease, redis: Redis, query: OpeQuery) -> OpeResult:
    """Raises DataError when the log cannot tell, RedisError while Redis is away."""
    policy = Policy(serving, query.flow, serving.model(query.model), query.bandit)
    log = await read_log(redis, LogFilter(serving.id, query.logged_flow, query.limit))
    if not log.lists:
        raise DataError(_nothing(log.skipped))
    clicks = await clicked_movies(redis, log.lists, query.click_window)
    numbers, choices = [], []
    async for number, choice in _choices(serving, redis, policy, log.lists):
        numbers.append(number)
        choices.append(choice)
    lists = [log.lists[number] for number in numbers]
    rewards = estimators.LoggedRewards(
        reward=np.array([clicks[n][c.place] for n, c in zip(numbers, choices, strict=True)], float),
        propensity=np.array(
            [listed.propensities[c.place] for listed, c in zip(lists, choices, strict=True)]
        ),
        target=np.array([choice.target for choice in choices]),
        clip=query.clip,
        unit=np.array([listed.user_id for listed in lists]),
    )
    if not rewards.target.any():
        raise DataError(
            f"None of the {len(choices):,} drawn movies is one that {query.flow} would have put "
            "there: this log says nothing of it."
        )
    return OpeResult(
        served=estimators.ips(_as_served(rewards)),
        estimates=_estimates(rewards, choices),
        lists=len(log.lists),
        skipped=log.skipped,
        choices=len(choices),
        mean_weight=float(rewards.weight.mean()),
    )


def _estimates(
    log: estimators.LoggedRewards, choices: list[PolicyChoice]
) -> dict[str, PolicyValue]:
    assert log.unit is not None  # noqa: S101 - `estimate` gives it
    shown = np.array([choice.shown for choice in choices])
    chosen = np.array([choice.policy_features for choice in choices])
    found = {
        "IPS": estimators.ips(log),
        "SNIPS": estimators.snips(log),
        "doubly robust": estimators.doubly_robust(
            log, *predict_rewards(shown, chosen, log.reward, log.unit)
        ),
    }
    kept = estimators.replay(log, np.random.default_rng(0))
    return found if kept is None else found | {"replay": kept}


def _as_served(log: estimators.LoggedRewards) -> estimators.LoggedRewards:
    return estimators.LoggedRewards(log.reward, log.propensity, log.propensity, unit=log.unit)


async def _choices(
    serving: LoadedRelease, redis: Redis, policy: Policy, lists: Sequence[LoggedList]
) -> AsyncIterator[tuple[int, PolicyChoice]]:
    """The choices of all lists, each with the number of its list.

    Users are as they were before it, and bandits know what was counted before its day: what came
    of the lists must not be known to the policy that is judged by them.
    """
    day = -1
    for start in range(0, len(lists), BATCH):
        batch = lists[start : start + BATCH]
        moments = [listed.at // 1000 for listed in batch]
        users = await serving.users.get_many([listed.user_id for listed in batch], moments)
        for number, (listed, user) in enumerate(zip(batch, users, strict=True), start):
            if listed.at // _DAY_MILLISECONDS != day:
                day = listed.at // _DAY_MILLISECONDS
                serving.rewards.reward_buffer.table = await counts_as_of(redis, day)
            at = listed.at // 1000
            query = Query(listed.user_id, limit=len(listed.movies), at=at)
            for choice in policy.choices(Request(query, user, serving.catalogue, at), listed):
                yield number, choice


def _nothing(skipped: Mapping[str, int]) -> str:
    if not skipped:
        return (
            "Expected lists in the log of impressions, but there are none: serve some to users "
            "with an id."
        )
    reasons = ", ".join(f"{count:,} {why}" for why, count in skipped.items())
    return (
        f"Expected lists with places that were drawn by a logged chance, but the log has none "
        f"({reasons}): the flow discover draws, and home does if the release's parameter `explore` "
        "says so."
    )
