"""Points shared among tastes by the API: what they give a user, and what is refused."""

import pytest
import release_world

pytestmark = pytest.mark.redis

USERS = "/api/v1/users"


@pytest.fixture(scope="module")
def groups(client):
    told = client.get("/api/v1/tastes").json()
    assert told["points"] == 6
    return {taste["id"]: taste for taste in told["tastes"]}


def shared(groups, **points):
    names = {"comedy": "Comedy|Drama", "noir": "Film-Noir"}
    return [
        {"taste_id": groups[names[name]]["id"], "points": count} for name, count in points.items()
    ]


def listed(client, path, json=None):
    answer = client.get(path) if json is None else client.post(path, json=json)
    assert answer.status_code == 200, answer.text
    return [item["movie"]["movie_id"] for item in answer.json()["items"]]


def comedies(movies):
    return sum("Comedy" in release_world.genre_names(movie) for movie in movies) / len(movies)


def test_every_taste_tells_what_it_is(groups):
    assert {"Comedy|Drama", "Film-Noir"} <= set(groups)
    for taste in groups.values():
        assert taste["movies"]
        assert taste["genres"] or taste["classic"]


def test_points_make_a_user_with_that_taste_who_may_share_them_anew(client, groups):
    body = {"tastes": shared(groups, comedy=6)}
    made = client.post(USERS, json=body)
    assert made.status_code == 201, made.text
    user_id = made.json()["user_id"]
    path = f"{USERS}/{user_id}/recommendations?limit=10"
    before = listed(client, path)
    assert comedies(before) > 0.7
    anew = client.put(f"{USERS}/{user_id}/tastes", json={"tastes": shared(groups, noir=6)})
    assert (anew.status_code, anew.content) == (204, b"")
    assert comedies(listed(client, path)) < 0.3


def test_a_visitor_is_answered_at_once(client, groups):
    for taste, share in (("comedy", 1), ("noir", 0)):
        body = {"limit": 10, "tastes": shared(groups, **{taste: 4})}
        assert comedies(listed(client, "/api/v1/recommendations", body)) == pytest.approx(
            share, abs=0.3
        )


@pytest.mark.parametrize(
    ("points", "says"),
    [({"comedy": 0}, "got 0"), ({"comedy": 6, "noir": 1}, "got 7"), ({"comedy": 7}, "6")],
)
@pytest.mark.parametrize("path", [USERS, f"{USERS}/2/tastes", "/api/v1/recommendations"])
def test_a_wrong_number_of_points_is_422(client, groups, path, points, says):
    ask = client.put if path.endswith("tastes") else client.post
    answer = ask(path, json={"tastes": shared(groups, **points)})
    assert answer.status_code == 422
    assert says in answer.text


@pytest.mark.parametrize(
    ("user_id", "tastes", "status"),
    [
        (2, [{"taste_id": "Horror", "points": 1}], 422),
        (2, [{"taste_id": 1, "points": 1}], 422),
        (2, [{"taste_id": "Comedy|Drama", "points": 1}] * 2, 422),
        (2, [], 422),
        (123_456, None, 404),
    ],
)
def test_tastes_and_users_that_there_are_not(client, groups, user_id, tastes, status):
    body = {"tastes": shared(groups, comedy=1) if tastes is None else tastes}
    assert client.put(f"{USERS}/{user_id}/tastes", json=body).status_code == status


def rateable(answer):
    assert answer.status_code == 200, answer.text
    return [movie["movie_id"] for movie in answer.json()["movies"]]


def test_movies_to_rate_follow_the_tastes_and_never_come_twice(client, groups):
    made = client.post(USERS, json={"tastes": shared(groups, noir=6), "age": 40})
    user_id = made.json()["user_id"]
    path = f"{USERS}/{user_id}/movies-to-rate"
    first = rateable(client.get(path, params={"limit": 3}))
    assert comedies(first) == 0
    rating = {"user_id": user_id, "type": "rating", "movie_id": first[0], "value": 4.0}
    assert client.post("/api/v1/events", json=rating).status_code == 202
    second = rateable(client.get(path, params={"limit": 20, "exclude": first[1]}))
    assert len(second) == 20
    assert not {first[0], first[1]} & set(second)
    anew = {"tastes": shared(groups, comedy=6)}
    assert client.put(f"{USERS}/{user_id}/tastes", json=anew).status_code == 204
    assert client.get(f"{USERS}/{user_id}").json()["age"] == 40
    assert comedies(rateable(client.get(path, params={"limit": 3}))) > 0.5


def test_a_visitor_is_offered_movies_to_rate(client, groups):
    body = {"limit": 3, "tastes": shared(groups, comedy=6)}
    first = rateable(client.post("/api/v1/movies-to-rate", json=body))
    assert comedies(first) == 1
    body |= {"ratings": [{"movie_id": first[0], "value": 5.0}], "exclude": first[1:]}
    assert not set(first) & set(rateable(client.post("/api/v1/movies-to-rate", json=body)))


def test_movies_to_rate_of_somebody_unknown_or_of_movies_that_there_are_not(client):
    assert client.get(f"{USERS}/123456/movies-to-rate").status_code == 404
    body = {"ratings": [{"movie_id": 9999, "value": 5.0}]}
    assert client.post("/api/v1/movies-to-rate", json=body).status_code == 422
    assert client.post("/api/v1/movies-to-rate", json={"limit": 0}).status_code == 422
