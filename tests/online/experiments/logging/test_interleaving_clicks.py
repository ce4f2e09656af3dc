"""Interleaved lists: both rankings fill them, and clicks are votes."""

import pytest
import release_world
from pydantic import ValidationError
from real_servers import running, wait_until

from online.app import create_app
from online.experiments.assignment.bucket_layer import check_parameters
from online.experiments.assignment.experiment import Experiment, ExperimentDefinition, Method
from online.experiments.logging.outcome_records import AttributedAction, InterleavingClicks
from sparrow.errors import InvalidRequestError
from sparrow.redis import keys
from sparrow.redis.connection import redis_client, redis_for
from sparrow.settings import Settings

TOKEN = "a token of the administrator"
VARIANTS = [
    {"name": "taste", "share": 0.5, "parameters": {"model": "signal:als"}},
    {"name": "crowd", "share": 0.5, "parameters": {"model": "signal:popularity"}},
]
DEFINITION = {
    "name": "duel",
    "salt": "duel",
    "share": 1,
    "method": "interleaved",
    "variants": VARIANTS,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A client of a server with a running duel, and one of its Redis."""
    options = Settings(
        data_dir=tmp_path_factory.mktemp("votes"),
        scorer="embedding",
        admin_token=TOKEN,
        _env_file=None,
    )
    release = release_world.build_release(options.releases, model=False)
    with redis_for(options) as url:
        release_world.publish(release, url)
        with running(create_app(options)) as client, redis_client(url) as redis:
            client.headers["Authorization"] = f"Bearer {TOKEN}"
            assert client.post("/api/v1/experiments", json=DEFINITION).status_code == 201
            assert client.post("/api/v1/experiments/duel/start").status_code == 200
            yield client, redis


def listed(client, user_id, **parameters) -> dict:
    return client.get(f"/api/v1/users/{user_id}/recommendations", params=parameters).json()


def ids(answer) -> list[int]:
    return [item["movie"]["movie_id"] for item in answer["items"]]


@pytest.mark.redis
def test_a_list_has_the_best_of_both_in_turns(world):
    client, _ = world
    mixed = listed(client, 2, limit=10)
    assert mixed["variants"] == {"duel": "taste+crowd"}
    assert mixed["model"] == "signal:als+signal:popularity"
    models = ("signal:als", "signal:popularity")
    taste, crowd = (ids(listed(client, 2, model=model, limit=10)) for model in models)
    assert {taste[0], crowd[0]} <= set(ids(mixed)[:2])
    assert set(ids(mixed)) <= set(taste) | set(crowd)
    for ranking in (taste, crowd):
        assert set(ids(mixed)) & set(ranking[:5]) == set(ranking[:5])


@pytest.mark.redis
def test_pages_of_a_mixed_list_continue(world):
    client, _ = world
    whole = listed(client, 2, limit=30)
    pages = [ids(listed(client, 2, limit=10, offset=offset)) for offset in (0, 10, 20)]
    assert [movie for page in pages for movie in page] == ids(whole)
    assert len(set(ids(whole))) == 30
    assert listed(client, 2, offset=2**40)["items"] == []


@pytest.mark.redis
def test_one_side_can_be_looked_at(world):
    client, _ = world
    answer = listed(client, 2, variant="duel:crowd")
    assert (answer["model"], answer["variants"]) == ("signal:popularity", {"duel": "crowd"})


@pytest.mark.redis
def test_clicks_are_votes_until_the_user_is_erased(world):
    client, redis = world

    def results() -> dict:
        return client.get("/api/v1/experiments/duel/results").json()

    new = client.post("/api/v1/users", json={"likes": [2, 4]}).json()["user_id"]
    mixed = ids(listed(client, new, limit=10))
    crowd = ids(listed(client, new, model="signal:popularity", limit=10))
    taste = ids(listed(client, new, model="signal:als", limit=10))
    only_crowd = [movie for movie in mixed if movie in crowd and movie not in taste]
    unseen = next(m for m in range(1, 81) if m not in mixed)
    for movie in (*only_crowd, only_crowd[0], unseen):
        event = {"user_id": new, "type": "click", "movie_id": movie}
        assert client.post("/api/v1/events", json=event).status_code == 202
    wait_until(lambda: sum(each["clicks"] for each in results()["counts"]) == len(only_crowd) + 2)
    found = results()
    assert found["results"] is None
    assert (found["preference"]["for_a"], found["preference"]["for_b"]) == (0, 1)
    assert InterleavingClicks.model_validate_json(
        redis.hget(keys.interleaving_clicks("duel"), new)
    ).votes == [
        0,
        len(only_crowd),
    ]
    assert client.delete(f"/api/v1/users/{new}").status_code == 204
    assert redis.hget(keys.interleaving_clicks("duel"), new) is None


def shown(movies: dict[int, int], at: int) -> AttributedAction:
    return AttributedAction("duel", 1, at, {}, variant=0, shown=movies)


def click(movie: int, at: int) -> AttributedAction:
    return AttributedAction("duel", 1, at, {}, clicked=movie)


def test_a_movie_votes_once_a_showing_and_only_after_it():
    ballot = InterleavingClicks()
    ballot.click(click(1, 50))  # never shown
    ballot.show(shown({1: 0, 2: 1}, 100))
    ballot.click(click(1, 99))  # before it was shown
    assert ballot.votes == [0, 0]
    ballot.click(click(1, 100))
    ballot.click(click(1, 101))
    ballot.click(click(2, 102))
    assert ballot.votes == [1, 1]
    ballot.show(shown({1: 1}, 200))
    ballot.click(click(1, 201))
    assert ballot.votes == [1, 2]


def test_a_movie_stays_with_who_showed_it_first_and_old_ones_are_forgotten():
    ballot = InterleavingClicks()
    ballot.show(shown({1: 0}, 100))
    ballot.show(shown({1: 1}, 101))
    ballot.click(click(1, 100))
    assert ballot.votes == [1, 0]
    ballot.show(shown(dict.fromkeys(range(1000), 1), 102))
    ballot.click(click(0, 103))
    assert ballot.votes == [1, 0]
    assert len(ballot.shown) == 500


def test_only_two_can_be_interleaved_and_one_duel_a_list():
    ExperimentDefinition(**DEFINITION)
    three = [*VARIANTS, {"name": "third", "share": 0}]
    with pytest.raises(ValidationError, match="two variants to interleave"):
        ExperimentDefinition(**DEFINITION | {"variants": three})
    first = Experiment(**DEFINITION, created_at=0)
    other = Experiment(**DEFINITION | {"name": "x", "layer": "y"}, created_at=0)
    assert first.method is Method.INTERLEAVED
    with pytest.raises(InvalidRequestError, match="interleaves the same lists"):
        check_parameters(other, [first])
