"""Feedback in real time: what is acknowledged is on the disk, and the next list knows it."""

import asyncio
import signal
import time
from uuid import uuid4

import httpx
import numpy as np
import orjson
import pytest
import release_world
from real_servers import PATIENCE, RedisServer, running, wait_until
from release_world import rated_by
from serve_process import Server

from online.app import create_app
from online.users.live_update import AnonymousSession, UserStateUpdater
from online.users.stated_preferences import StatedPreferences
from online.users.user_state import UserState
from sparrow.errors import DependencyError
from sparrow.features.declarations import Entity
from sparrow.features.folds import SMOOTHING
from sparrow.features.row_codec import RowCodec, decode_history
from sparrow.feedback.event import MAX_EVENTS
from sparrow.feedback.event_log import EventLog
from sparrow.feedback.record import decode_records
from sparrow.redis import keys
from sparrow.redis.connection import async_redis_client, redis_client, redis_for
from sparrow.settings import Settings

pytestmark = pytest.mark.redis
EVENTS = "/api/v1/events"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server over a world of its own, and a client of its Redis."""
    folder = tmp_path_factory.mktemp("events")
    settings = Settings(data_dir=folder, scorer="embedding", _env_file=None)
    release = release_world.build_release(settings.releases, model=False)
    with redis_for(settings) as url:
        release_world.publish(release, url)
        with running(create_app(settings)) as client, redis_client(url) as redis:
            yield client, redis


@pytest.fixture
def client(world):
    return world[0]


@pytest.fixture
def redis(world):
    return world[1]


def send(client, *events, status=202):
    answer = client.post(EVENTS, json=list(events))
    assert answer.status_code == status, answer.text
    return answer.json()


def rating(user_id, movie_id, stars, **more):
    return {"user_id": user_id, "type": "rating", "movie_id": movie_id, "value": stars, **more}


def said(kind, user_id, movie_id, **more):
    return {"user_id": user_id, "type": kind, "movie_id": movie_id, **more}


def listed(client, user_id, limit=80):
    answer = client.get(f"/api/v1/users/{user_id}/recommendations?limit={limit}")
    return [item["movie"]["movie_id"] for item in answer.json()["items"]]


def scores(client, user_id):
    answer = client.get(f"/api/v1/users/{user_id}/ratings?limit=1000").json()
    return {r["movie_id"]: r["score"] for r in answer["ratings"]}


def test_a_rated_movie_is_in_the_history_and_gone_from_the_list(client):
    movie = listed(client, 2)[0]
    send(client, rating(2, movie, 3.5))
    assert movie not in listed(client, 2)
    assert scores(client, 2) == rated_by(2) | {movie: 3.5}
    newest = client.get("/api/v1/users/2/ratings?limit=1").json()["ratings"][0]
    assert (newest["movie_id"], newest["score"]) == (movie, 3.5)
    assert abs(newest["timestamp"] - time.time()) < PATIENCE


def test_taste_shifts_with_the_next_list(client):
    assert all(movie % 2 == 1 for movie in listed(client, 3, limit=10))
    loved = [movie for movie in range(60, 80, 2) if movie not in rated_by(3)]
    send(client, *(rating(3, movie, 5.0) for movie in loved))
    send(client, *(rating(3, movie, 0.5) for movie, stars in rated_by(3).items() if stars > 4))
    assert any(movie % 2 == 0 for movie in listed(client, 3, limit=10))
    taste = {g["genre"]: g for g in client.get("/api/v1/users/3/taste").json()["genres"]}
    assert taste["Comedy"]["taste"] > 0 > taste["Film-Noir"]["taste"]


def test_a_repeat_is_harmless(client, redis):
    event = rating(4, 40, 1.0, event_id=str(uuid4()))
    assert send(client, event)["stored"] == 1
    length = redis.xlen(keys.EVENTS)
    again = send(client, event, event | {"value": 5.0})
    assert (again["stored"], again["repeated"]) == (0, 2)
    assert again["event_ids"] == [event["event_id"]] * 2
    assert scores(client, 4)[40] == 1.0
    assert redis.xlen(keys.EVENTS) == length


def test_a_repeat_within_one_batch_is_harmless_too(client):
    event = rating(4, 42, 2.0, event_id=str(uuid4()))
    answer = send(client, event, event)
    assert (answer["stored"], answer["repeated"]) == (1, 1)


def test_what_came_in_the_period_before_is_known_too(client, redis):
    event = rating(17, 40, 1.0, event_id=str(uuid4()))
    send(client, event)
    (ids,) = redis.keys(f"{keys.USER_EVENTS}17:ids:*")
    period = int(ids.rpartition(b":")[2])
    redis.rename(ids, keys.event_ids(17, period - 1))
    assert send(client, event)["repeated"] == 1
    send(client, {"user_id": 17, "type": "undo", "undoes": event["event_id"]})
    assert 40 not in scores(client, 17)


def test_undo_brings_back_what_stood_before(client):
    known = next(iter(rated_by(5)))
    (first,) = send(client, rating(5, known, 2.0))["event_ids"]
    (second,) = send(client, rating(5, known, 3.0))["event_ids"]
    assert scores(client, 5)[known] == 3.0
    send(client, {"user_id": 5, "type": "undo", "undoes": second})
    assert scores(client, 5)[known] == 2.0
    send(client, {"user_id": 5, "type": "undo", "undoes": first})
    assert scores(client, 5) == rated_by(5)


def test_a_rating_of_the_data_set_is_taken_back_by_its_movie(client):
    loved = next(movie for movie, stars in rated_by(6).items() if stars > 4)
    send(client, said("rating", 6, loved, undo=True))
    assert loved not in scores(client, 6)
    assert loved in listed(client, 6)
    send(client, rating(6, loved, 4.0))
    assert scores(client, 6)[loved] == 4.0


@pytest.mark.parametrize("kind", ["not_interested", "view"])
def test_what_is_hidden_or_watched_leaves_the_lists_and_comes_back(client, kind):
    before = listed(client, 7)
    movie = before[0]
    (event,) = send(client, said(kind, 7, movie))["event_ids"]
    for path in ("?limit=80", "?limit=80&genre=Film-Noir", "?limit=80&model=signal:popularity"):
        answer = client.get(f"/api/v1/users/7/recommendations{path}").json()
        assert movie not in [item["movie"]["movie_id"] for item in answer["items"]]
    shown = client.get("/api/v1/movies?limit=1000&hide_seen_by=7").json()["movies"]
    assert movie not in [m["movie_id"] for m in shown]
    send(client, {"user_id": 7, "type": "undo", "undoes": event})
    assert sorted(listed(client, 7)) == sorted(before)


def test_a_watchlist_has_the_newest_first(client):
    at = int(time.time())
    wanted = [said("watchlist", 8, m, timestamp=at - 9 + m) for m in (2, 6, 4)]
    send(client, *wanted)
    send(client, said("watchlist", 8, 4, undo=True))
    answer = client.get("/api/v1/users/8/watchlist").json()
    assert (answer["total"], [m["movie_id"] for m in answer["movies"]]) == (2, [6, 2])


def test_the_latest_wins_whatever_comes_first(client):
    at = int(time.time())
    send(client, rating(9, 50, 5.0, timestamp=at), rating(9, 50, 1.0, timestamp=at - 60))
    assert scores(client, 9)[50] == 5.0


def test_each_bad_event_is_refused_by_itself(client):
    answer = send(
        client,
        rating(10, 50, 4.0),
        rating(10, 52, 9.0),
        rating(10, 99_999, 4.0),
        {"user_id": 10, "type": "undo", "undoes": str(uuid4())},
        said("impression", 10, 54, context={"page": "home", "item": 3}),
    )
    assert (answer["stored"], answer["repeated"]) == (2, 0)
    refused = [(r["index"], r["field"]) for r in answer["refused"]]
    assert refused == [(1, "value"), (2, "movie_id"), (3, "undoes")]
    assert scores(client, 10)[50] == 4.0


def test_another_users_event_cannot_be_undone(client):
    (event,) = send(client, rating(11, 50, 4.0))["event_ids"]
    send(client, {"user_id": 12, "type": "undo", "undoes": event}, status=422)
    assert scores(client, 11)[50] == 4.0


def test_an_undo_cannot_be_undone(client):
    (event,) = send(client, rating(11, 52, 4.0))["event_ids"]
    (undo,) = send(client, {"user_id": 11, "type": "undo", "undoes": event})["event_ids"]
    send(client, {"user_id": 11, "type": "undo", "undoes": undo}, status=422)


def test_the_stream_has_every_stored_event_whole(client, redis):
    event = said("click", 13, 4, event_id=str(uuid4()), context={"flow": "home", "place": [1, 2]})
    send(client, event)
    ((_, fields),) = redis.xrevrange(keys.EVENTS, count=1)
    stored = orjson.loads(fields[b"event"])
    assert stored | event == stored
    assert isinstance(stored["timestamp"], int)


def test_recent_clicks_are_bounded_and_change_no_list(client, redis):
    before = listed(client, 14)
    clicks = [said("click", 14, 1 + n % 79) for n in range(MAX_EVENTS)]
    assert send(client, *clicks)["stored"] == MAX_EVENTS
    assert sorted(listed(client, 14)) == sorted(before)
    assert redis.hstrlen(keys.user_events(14), "recent") < 10_000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" + b"1," * 6_000_000 + b"1]", 413),
        (orjson.dumps([{}] * (MAX_EVENTS + 1)), 413),
        (b'{"user_id":2,"type":"rating","movie_id":2,"value":NaN}', 422),
        (b'{"user_id":2,"type":"rating","movie_id":2,"value":Infinity}', 422),
        (b'{"user_id":2,"type":"view\xff","movie_id":2}', 422),
        (b'{"user_id":9223372036854775808,"type":"view","movie_id":2}', 422),
        (b'{"user_id":1e99,"type":"view","movie_id":2}', 422),
        (b"[" * 100_000, 422),
        (b"[" * 1000 + b"]" * 1000, 422),
        (b'{"user_id":2,"user_id":3,"type":"view","movie_id":2}', 422),
        (b'{"user_id":2,"type":"rating","movie_id":2,"value":true}', 422),
        (b'{"user_id":2,"type":"rating","movie_id":2,"value":"4"}', 422),
        (b'{"user_id":2,"type":"view","movie_id":2,"undo":"yes"}', 422),
        (b"[]", 422),
        (b"null", 422),
        (b"{", 422),
        (b"", 422),
    ],
)
def test_malformed_bodies_are_problems(client, body, status):
    headers = {"content-type": "application/json"}
    answer = client.post(EVENTS, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_a_live_users_row_is_the_one_of_the_release(client, world, serving):
    """Folded with what tells nothing of taste, every feature is what the batch computed."""
    redis, features = world[1], serving.release.features
    send(client, said("impression", 16, 4))
    key = keys.user(serving.id, 16)
    row = RowCodec(features, Entity.USER).decode(redis.hget(key, keys.ROW))
    base = UserState(16, row, decode_history(redis.hget(key, keys.HISTORY)), {}, exists=True)
    fold = UserStateUpdater(serving.catalogue, features)
    live = fold(base, decode_records(redis.hgetall(keys.user_events(16))), StatedPreferences())
    assert len(live.recent) == 1
    np.testing.assert_array_equal(live.history, base.history)
    for name in row.dtype.names:
        np.testing.assert_array_equal(live.row[name], row[name], err_msg=name)


def test_a_picked_genre_counts_less_the_more_of_it_is_rated(serving):
    fold = UserStateUpdater(serving.catalogue, serving.release.features)
    newcomer = serving.users.session(AnonymousSession(), release_world.AS_OF)
    comedy = release_world.GENRES.index("Comedy")
    for count in (0, 5, 15):
        ratings = dict.fromkeys(range(2, 2 + 2 * count, 2), 2.0)
        tastes = [
            fold.session(
                newcomer, AnonymousSession(ratings, stated=stated), release_world.AS_OF
            ).row
            for stated in (StatedPreferences(), StatedPreferences({"Comedy": 1.0}))
        ]
        without, picked = (float(row["user_genre_taste"][comedy]) for row in tastes)
        assert picked - without == pytest.approx(SMOOTHING / (SMOOTHING + count))


def test_one_event_needs_no_array(client):
    answer = client.post(EVENTS, json=rating(15, 50, 4.0))
    assert (answer.status_code, answer.json()["stored"]) == (202, 1)


def test_folded_vectors_point_to_what_was_rated(client):
    send(client, *(rating(4711, movie, 5.0) for movie in (3, 5, 7)))
    answer = client.get("/api/v1/users/4711/recommendations?limit=8").json()
    assert answer["personal"] is True
    assert all(item["movie"]["movie_id"] % 2 == 1 for item in answer["items"])


@pytest.fixture
def away(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def named(tmp_path, away):
    settings = Settings(data_dir=tmp_path, redis_url=away.url, scorer="embedding", _env_file=None)
    release = release_world.build_release(settings.releases, model=False)
    release_world.publish(release, away.url)
    return settings


def test_redis_killed_loses_nothing_acknowledged(named, away):
    with running(create_app(named)) as client:
        send(client, rating(2, 50, 4.0))
        away.kill()
        event = rating(2, 52, 4.0, event_id=str(uuid4()))
        problem = send(client, event, status=503)
        assert "send it again" in problem["detail"]
        assert client.get("/api/v1/users/2/recommendations").status_code == 200
        away.start()
        wait_until(lambda: client.post(EVENTS, json=event).status_code == 202)
        assert scores(client, 2) == rated_by(2) | {50: 4.0, 52: 4.0}


def test_a_redis_that_hangs_is_given_up_and_mixes_up_no_answers(away):
    async def reserved() -> list[int]:
        async with async_redis_client(away.url, retries=1, timeout=20.0) as redis:
            log = EventLog(redis, give_up=0.3)
            first = await log.allocate_user_id(100)
            with away.hanging(), pytest.raises(DependencyError, match="no answer in time"):
                await log.allocate_user_id(100)
            return [first, *[await EventLog(redis).allocate_user_id(100) for _ in range(5)]]

    ids = asyncio.run(reserved())
    assert ids[0] > 100
    assert ids == sorted(set(ids))


def test_a_redis_that_keeps_no_file_acknowledges_nothing(named, away):
    with redis_client(away.url) as redis:
        redis.config_set("appendonly", "no")
    with running(create_app(named)) as client:
        problem = send(client, rating(2, 50, 4.0), status=503)
        assert "appendonly yes" in problem["detail"]


def test_a_killed_server_loses_nothing_acknowledged(tmp_path):
    settings = Settings(data_dir=tmp_path, _env_file=None)
    release = release_world.build_release(settings.releases, model=False)
    movies = [m for m in range(40, 79) if m not in rated_by(2)]
    with redis_for(settings) as url:
        release_world.publish(release, url)
        for turn in range(2):
            server = Server(tmp_path, "--port", "0")
            with httpx.Client(base_url=server.url(), timeout=PATIENCE) as client:
                before = dict.fromkeys(movies[:turn], 4.0)
                assert scores(client, 2) == rated_by(2) | before
                send(client, rating(2, movies[turn], 4.0))
            assert server.stop(signal.SIGKILL) == -signal.SIGKILL
        with redis_client(url) as redis:
            assert redis.xlen(keys.EVENTS) == 2
            assert np.isin(
                [f"rating:{movie}".encode() for movie in movies[:2]],
                redis.hkeys(keys.user_events(2)),
            ).all()
