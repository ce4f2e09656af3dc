"""`sparrow off-policy` over a log whose truth is known: clicks are on odd movies, mostly."""

import asyncio
from dataclasses import asdict, replace
from importlib.metadata import EntryPoint

import numpy as np
import orjson
import pytest
import release_world
from typer.testing import CliRunner

from online.bandits.reward_log import counts_as_of
from online.engine.engine import Engine
from online.experiments.experiment_hooks import ExperimentHooks
from online.experiments.off_policy.logged_lists import (
    LogFilter,
    LoggedList,
    clicked_movies,
    read_log,
)
from online.experiments.off_policy.policy_value import OpeQuery, estimate
from online.serving.loaded_release import LoadedRelease
from online.types import Query
from sparrow.cli import build_app
from sparrow.errors import DataError, InvalidRequestError
from sparrow.feedback.event import Event
from sparrow.feedback.event_log import EventLog, write_command
from sparrow.redis import keys
from sparrow.redis.connection import async_redis_client, redis_client, redis_for
from sparrow.settings import Settings

pytestmark = pytest.mark.redis

DAY = 20_000  # since 1970; the log is of it
START = DAY * 86_400
HOURS = 24
OPENED = np.array([0.1, 0.6])  # by parity: chance that a shown movie is clicked_movies


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return Settings(data_dir=tmp_path_factory.mktemp("off-policy"), _env_file=None)


@pytest.fixture(scope="module")
def url(data):
    with redis_for(data) as url:
        release_world.publish(release_world.build_release(data.releases, model=False), url)
        with redis_client(url) as client:  # the day before, even movies were clicked_movies always
            counts = {
                f"{segment}|{movie}|{kind}": 30 * (kind == "shown" or movie % 2 == 0)
                for segment in ("", *release_world.GENRES)
                for movie in release_world.MOVIES.tolist()
                for kind in ("shown", "clicked")
            }
            client.hset(keys.rewards(DAY - 1), mapping=counts)
        yield url


@pytest.fixture
def lab(data, url):
    """Runs a function of the release and a connection to Redis."""
    root = next(data.releases.iterdir())

    def run(work):
        async def within():
            redis = async_redis_client(url)
            try:
                return await work(LoadedRelease.load(root, redis, "embedding"), redis)
            finally:
                await redis.aclose()

        return asyncio.run(within())

    return run


class Patient(LoadedRelease):
    """Serves as ever, but drops no source when the machine is busy: then chances would differ."""

    def flow(self, *arguments):
        return replace(super().flow(*arguments), recall_milliseconds=np.inf)


async def listed(serving, redis, bandit):
    """Every user's list of every hour of the day, as the log has it."""
    found = []
    serving.rewards.reward_buffer.table = await counts_as_of(redis, DAY)
    engine = Engine(
        serving.with_bandit(bandit), EventLog(redis), hooks=ExperimentHooks(report=found.append)
    )
    for at in range(START, START + 3600 * HOURS, 3600):
        for user_id in release_world.USERS.tolist():
            await engine.recommend(Query(user_id, limit=20, flow="discover", at=at))
            found[-1] = replace(found[-1], at=1000 * at)
    return found


def true_value(impressions):
    """Mean chance of a click of the places that were drawn."""
    drawn = [
        OPENED[movie % 2]
        for each in impressions
        for movie, chance in zip(each.movies, each.propensities, strict=True)
        if chance < 1
    ]
    return float(np.mean(drawn))


@pytest.fixture(scope="module")
def truth(data, url):
    """The log of Thompson sampling with its clicks, in Redis; what each bandit is really worth."""
    random = np.random.default_rng(3)
    root = next(data.releases.iterdir())

    async def write():
        redis = async_redis_client(url)
        serving = Patient.load(root, redis, "embedding")
        served = {name: await listed(serving, redis, name) for name in ("thompson", "uniform")}
        async with redis.pipeline(transaction=False) as pipeline:
            for number, each in enumerate(served["thompson"]):
                place = f"{each.at}-{number + 1}"
                pipeline.xadd(
                    keys.IMPRESSIONS,
                    {"user": each.user_id, "impression": orjson.dumps(asdict(each))},
                    id=place,
                )
                for movie in each.movies:
                    if random.random() < OPENED[movie % 2]:
                        pipeline.xadd(
                            keys.EVENTS, {"event": click(each.user_id, movie)}, id=f"{each.at}-*"
                        )
            await pipeline.execute()
        await redis.aclose()
        return {name: true_value(each) for name, each in served.items()}

    return asyncio.run(write())


def click(user_id, movie):
    return orjson.dumps({"type": "click", "user_id": user_id, "movie_id": movie, "undo": False})


@pytest.mark.parametrize("bandit", ["uniform", "thompson"])
def test_every_estimate_finds_what_a_bandit_is_worth(lab, truth, bandit):
    found = lab(lambda s, r: estimate(s, r, OpeQuery("discover", bandit=bandit)))
    assert set(found.estimates) == {"IPS", "SNIPS", "doubly robust", "replay"}
    assert found.mean_weight == pytest.approx(1, abs=0.15)
    for value in found.estimates.values():
        assert value.value == pytest.approx(truth[bandit], abs=3 * value.standard_error + 0.01)
    if bandit == "uniform":  # which is not what served
        assert abs(found.served.value - truth[bandit]) > 3 * found.served.standard_error
        ips, robust = found.estimates["IPS"], found.estimates["doubly robust"]
        assert robust.standard_error < ips.standard_error
        assert ips.effective_size < 0.8 * found.choices


def test_the_policy_that_served_has_the_logged_chances(lab, truth):
    found = lab(lambda s, r: estimate(s, r, OpeQuery("discover", bandit="thompson")))
    assert found.estimates["IPS"].value == pytest.approx(found.served.value)
    assert found.mean_weight == pytest.approx(1)
    assert (found.lists, found.choices) == (len(release_world.USERS) * HOURS, found.choices)
    assert found.served.units == len(release_world.USERS)


def test_what_a_user_did_after_a_list_does_not_change_how_it_is_judged(lab, truth, url):
    with redis_client(url) as client:
        (_, first), *_ = client.xrange(keys.IMPRESSIONS, count=1)
    list_, now = orjson.loads(first[b"impression"]), START + 3600 * HOURS
    before = lab(lambda s, r: estimate(s, r, OpeQuery("discover", bandit="thompson")))
    shown = [
        Event(user_id=list_["user_id"], type="rating", movie_id=m, value=1.0, timestamp=now)
        for m in list_["movies"]
    ]
    lab(lambda _, r: EventLog(r).store([write_command(event) for event in shown]))
    after = lab(lambda s, r: estimate(s, r, OpeQuery("discover", bandit="thompson")))
    assert after.estimates["IPS"] == before.estimates["IPS"]


def test_an_order_alone_is_certain_of_the_best_that_is_left(lab, truth):
    with pytest.raises(InvalidRequestError, match="explores"):
        lab(lambda s, r: estimate(s, r, OpeQuery("home", bandit="uniform")))
    found = lab(lambda s, r: estimate(s, r, OpeQuery("home")))
    assert 0 < found.estimates["IPS"].effective_size < 0.5 * found.choices


@pytest.fixture
def command(data, url, monkeypatch):
    monkeypatch.setenv("SPARROW_DATA_DIR", str(data.data_dir))
    monkeypatch.setenv("SPARROW_SCORER", "embedding")
    app = build_app([EntryPoint("online", "online.cli:app", "sparrow.commands")])
    return lambda *arguments: CliRunner().invoke(app, ["off-policy", *arguments])


def test_the_command_prints_all_of_it(command, truth):
    result = command("--flow", "discover", "--bandit", "uniform", "--clip", "20")
    assert result.exit_code == 0, result.output
    for said in (
        "as served",
        "IPS",
        "SNIPS",
        "doubly robust",
        "replay",
        "480 lists",
        "Mean weight",
    ):
        assert said in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--flow", "magic"], 1, "Expected one of home, discover"),
        (["--flow", "because"], 1, "needs movie_id"),
        (["--flow", "discover", "--model", "magic"], 1, "signal:als, signal:ease"),
        (["--flow", "discover", "--bandit", "magic"], 2, "linucb"),
        (["--flow", "discover", "--logged-flow", "home"], 3, "480 of another flow"),
    ],
)
def test_what_cannot_be_told_is_an_error(command, truth, arguments, code, says):
    result = command(*arguments)
    assert result.exit_code == code
    assert says in " ".join(result.output.split())


def test_without_lists_there_is_a_clear_error(lab, truth):
    with pytest.raises(DataError, match="there are none"):
        lab(lambda s, r: estimate(s, _Empty(r), OpeQuery("discover")))


class _Empty:
    """A Redis whose streams have nothing."""

    def __init__(self, redis):
        self._redis = redis

    async def xrevrange(self, *_arguments, **_options):
        return []


def test_a_click_counts_for_the_last_list_before_it_and_in_time(lab, url):
    with redis_client(url) as client:
        last = client.xrevrange(keys.EVENTS, count=1)[0][0]
        at = int(last.partition(b"-")[0]) + 1000
        for later in (5_000, 15_000, 80_000):
            client.xadd(keys.EVENTS, {"event": click(900, 7)}, id=f"{at + later}-0")
    lists = [LoggedList(900, at + start, [7, 8], [1, 1]) for start in (0, 10_000, 30_000)]
    found = lab(lambda _, r: clicked_movies(r, lists, click_window=20))
    assert found == [[True, False], [True, False], [False, False]]


def test_the_newest_lists_come_oldest_first(lab, truth):
    log = lab(lambda s, r: read_log(r, LogFilter(s.id, limit=25)))
    assert len(log.lists) == 25
    assert [each.at for each in log.lists] == sorted(each.at for each in log.lists)
    assert log.lists[-1].at == 1000 * (START + 3600 * (HOURS - 1))
