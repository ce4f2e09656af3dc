"""New users, people without an id, and being forgotten."""

import numpy as np
import pytest
import release_world
from real_servers import running
from release_world import rated_by

from online.app import create_app
from sparrow.redis import keys
from sparrow.redis.connection import redis_client, redis_for
from sparrow.settings import Settings

pytestmark = pytest.mark.redis
USERS = "/api/v1/users"
ODD_PICKS = [{"movie_id": movie, "value": 5.0} for movie in (3, 5, 7)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server over a world of its own, a client of its Redis, and the release."""
    folder = tmp_path_factory.mktemp("users")
    settings = Settings(data_dir=folder, scorer="embedding", _env_file=None)
    release = release_world.build_release(settings.releases, model=False)
    with redis_for(settings) as url:
        release_world.publish(release, url)
        with running(create_app(settings)) as client, redis_client(url) as redis:
            yield client, redis, release


@pytest.fixture
def client(world):
    return world[0]


@pytest.fixture
def redis(world):
    return world[1]


def created(client, **picks):
    answer = client.post(USERS, json=picks)
    assert answer.status_code == 201, answer.text
    user_id = answer.json()["user_id"]
    assert answer.headers["location"] == f"{USERS}/{user_id}"
    return user_id


def page(client, user_id, **parameters):
    return client.get(f"{USERS}/{user_id}/recommendations", params=parameters).json()


def ids(answer):
    return [item["movie"]["movie_id"] for item in answer["items"]]


def test_new_ids_are_above_the_data_sets_and_never_the_same(client):
    first, second = created(client), created(client)
    assert max(release_world.USERS) < first < second


def test_an_id_that_somebody_uses_already_is_passed_by(client):
    last = created(client)
    event = {"user_id": last + 1, "type": "rating", "movie_id": 2, "value": 5}
    assert client.post("/api/v1/events", json=event).status_code == 202
    assert created(client) == last + 2


def test_three_ratings_of_one_half_lead_to_that_half(client):
    answer = page(client, created(client, ratings=ODD_PICKS), limit=10, explain=True)
    assert answer["personal"] is True
    assert all(movie % 2 == 1 for movie in ids(answer))
    assert not set(ids(answer)) & {3, 5, 7}
    answer = page(client, created(client, likes=[4, 6, 8]), limit=10)
    assert all(movie % 2 == 0 for movie in ids(answer))


def test_a_picked_genre_leads_to_that_genre_and_ratings_outgrow_it(client):
    user_id = created(client, genres={"Comedy": 1.0}, age=33)
    assert all(movie % 2 == 0 for movie in ids(page(client, user_id, limit=5)))
    assert client.get(f"{USERS}/{user_id}").json()["age"] == 33
    loved = [
        {"user_id": user_id, "type": "rating", "movie_id": movie, "value": 5.0}
        for movie in range(1, 40, 2)
    ]
    client.post("/api/v1/events", json=loved)
    assert all(movie % 2 == 1 for movie in ids(page(client, user_id, limit=5)))


@pytest.mark.parametrize(
    ("picks", "field"),
    [
        ({"genres": ["Polka"]}, "genres"),
        ({"ratings": [{"movie_id": 9999, "value": 3}]}, "ratings"),
        ({"ratings": [{"movie_id": 3, "value": 6}]}, "ratings.0.value"),
        ({"genres": {"Comedy": 2.0}}, "genres"),
        ({"name": "Ada"}, "name"),
    ],
)
def test_what_cannot_be_picked_is_named(client, picks, field):
    for path in (USERS, "/api/v1/recommendations"):
        answer = client.post(path, json=picks)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"].startswith(field)


def test_a_profile_history_and_taste_of_a_new_user(client):
    user_id = created(client, ratings=ODD_PICKS)
    profile = client.get(f"{USERS}/{user_id}").json()
    assert (profile["rating_count"], profile["rating_mean"]) == (3, 5.0)
    ratings = client.get(f"{USERS}/{user_id}/ratings", params={"limit": 2, "offset": 2}).json()
    assert (ratings["total"], len(ratings["ratings"])) == (3, 1)
    taste = client.get(f"{USERS}/{user_id}/taste").json()
    assert (taste["rating_count"], taste["stars"]) == (3, {"5": 3})
    assert (taste["genres"][0]["genre"], taste["genres"][0]["share"]) == ("Film-Noir", 1.0)


def test_taste_is_the_ratings_beside_everybodys(client):
    taste = client.get(f"{USERS}/2/taste").json()
    own, everybody = list(rated_by(2).values()), release_world.checkerboard().rating
    assert taste["rating_mean"] == pytest.approx(np.mean(own))
    assert taste["catalogue_mean"] == pytest.approx(everybody.mean(), abs=1e-4)
    comedy = next(genre for genre in taste["genres"] if genre["genre"] == "Comedy")
    stars = [stars for movie, stars in rated_by(2).items() if movie % 2 == 0]
    assert comedy["mean"] == pytest.approx(np.mean(stars))
    assert comedy["share"] == pytest.approx(len(stars) / len(own))
    assert comedy["taste"] > 0


def test_some_users_are_listed(client):
    found = client.get(USERS, params={"limit": 5}).json()["user_ids"]
    assert len(found) == 5
    assert set(found) <= set(release_world.USERS.tolist())


@pytest.mark.parametrize("part", ["", "/ratings", "/watchlist", "/taste"])
def test_nobody_is_not_found(client, part):
    assert client.get(f"{USERS}/123456{part}").status_code == 404


def test_somebody_without_an_id_gets_a_personal_list_and_nothing_is_stored(client, redis):
    before = sorted(redis.keys("*"))
    session = {"likes": [4, 6], "ratings": [{"movie_id": 3, "value": 1}], "session": [8]}
    answer = client.post("/api/v1/recommendations", json=session | {"limit": 80, "explain": True})
    found = answer.json()
    assert answer.status_code == 200
    assert (found["personal"], found["user_id"]) == (True, None)
    assert all(movie % 2 == 0 for movie in ids(found)[:8])
    assert not {3, 4, 6} & set(ids(found))
    assert 8 in ids(found)
    assert found["trace"]
    assert sorted(redis.keys("*")) == before


def test_a_session_alone_leads_somewhere(client):
    found = client.post("/api/v1/recommendations", json={"session": [5, 9], "limit": 5}).json()
    assert all(movie % 2 == 1 for movie in ids(found))


def test_who_tells_nothing_gets_what_is_popular(client):
    found = client.post("/api/v1/recommendations", json={}).json()
    assert found["personal"] is False
    assert found["items"]


def test_the_wish_of_a_session_counts(client):
    asked = {"likes": [4], "limit": 3, "offset": 1, "genre": "Drama", "exclude": [8]}
    found = ids(client.post("/api/v1/recommendations", json=asked).json())
    assert len(found) == 3
    assert all(movie % 4 == 0 and movie not in (4, 8) for movie in found)


def test_erasing_leaves_a_tombstone_and_nothing_else(client, redis, world):
    release = world[2]
    user_id = created(client, ratings=ODD_PICKS)
    for erased in (user_id, 20):
        event = {"user_id": erased, "type": "rating", "movie_id": 40, "value": 5.0}
        assert client.post("/api/v1/events", json=event).status_code == 202
        assert client.delete(f"{USERS}/{erased}").status_code == 204
        assert redis.keys(f"sparrow:u:{erased}*") == []
        assert not redis.exists(keys.user(release.manifest.id, erased))
        told = [f[b"event"] for _, f in redis.xrange(keys.EVENTS)]
        mine = [event for event in told if f'"user_id":{erased},'.encode() in event]
        assert len(mine) == 1
        assert b'"erase"' in mine[0]
        assert client.get(f"{USERS}/{erased}").status_code == 404
        assert page(client, erased)["personal"] is False
        assert client.delete(f"{USERS}/{erased}").status_code == 204
        answer = client.post("/api/v1/events", json=event)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "0.user_id")
    assert created(client) > user_id


def test_a_tombstone_hides_who_is_still_in_a_release(client, redis):
    redis.sadd(keys.DELETED_USERS, 19)
    assert client.get(f"{USERS}/19").status_code == 404
    assert page(client, 19)["personal"] is False


def test_nobody_cannot_be_erased(client, redis):
    assert client.delete(f"{USERS}/123456").status_code == 404
    assert not redis.sismember(keys.DELETED_USERS, 123456)
