"""What each flow of the menu promises, through the API."""

import pytest
import release_world
from release_world import rated_by

from online.flow.flows.registry import FLOWS

pytestmark = pytest.mark.redis
NEEDED = {"because": {"movie_id": 3}, "similar": {"movie_id": 3}, "genre": {"genre": "Drama"}}


def ids(answer):
    return [item["movie"]["movie_id"] for item in answer["items"]]


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("user_id", [2, 777])
def test_gives_a_whole_list_without_what_was_rated(get, flow, user_id):
    asked = {"flow": flow, "limit": 1000, "explain": True, **NEEDED.get(flow, {})}
    answer = get(f"/api/v1/users/{user_id}/recommendations", **asked)
    rated = rated_by(user_id).keys()
    assert answer["flow"] == flow
    assert len(ids(answer)) == len(set(ids(answer))) == answer["total"]
    assert not set(ids(answer)) & rated
    assert [stage["error"] for stage in answer["trace"] if stage["error"]] == []
    if flow != "genre":
        beside = 1 if flow in ("because", "similar") and 3 not in rated else 0
        assert answer["total"] == len(release_world.MOVIES) - len(rated) - beside


@pytest.mark.parametrize("flow", NEEDED)
def test_says_what_it_needs(client, flow):
    answer = client.get("/api/v1/users/2/recommendations", params={"flow": flow})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == next(iter(NEEDED[flow]))


def test_an_unknown_flow_names_the_valid_ones(client):
    answer = client.get("/api/v1/users/2/recommendations", params={"flow": "breakfast"})
    assert answer.status_code == 422
    assert all(flow in answer.text for flow in FLOWS)


def test_an_unknown_movie_to_start_from_is_not_found(client):
    asked = {"flow": "because", "movie_id": 999}
    assert client.get("/api/v1/users/2/recommendations", params=asked).status_code == 404


def test_similar_is_the_same_for_everybody_and_because_is_not(get):
    """Movie 3 is film-noir; even users dislike it."""
    hidden = sorted(rated_by(2).keys() | rated_by(3).keys())
    asked = {"movie_id": 3, "limit": 20, "exclude": hidden}
    path = "/api/v1/users/{}/recommendations"
    lists = {
        (flow, user): ids(get(path.format(user), flow=flow, **asked))
        for flow in ("because", "similar")
        for user in (2, 3)
    }
    assert lists["similar", 2] == lists["similar", 3]
    assert lists["because", 2] != lists["because", 3]
    assert all(movie % 2 for movie in lists["similar", 2][:10])


def test_because_names_the_movie_that_it_started_from(get):
    answer = get("/api/v1/users/3/recommendations", flow="because", movie_id=3, limit=5)
    title = get("/api/v1/movies/3")["movie"]["title"]
    assert {item["reason"] for item in answer["items"]} == {f"Similar to {title}"}


def test_discover_shows_less_known_films_than_home(get):
    def known(flow):
        answer = get("/api/v1/users/2/recommendations", flow=flow, limit=20)
        return sum(item["movie"]["rating_count"] for item in answer["items"])

    assert known("discover") < known("home")


def test_a_session_follows_what_was_looked_at_last(client, get):
    body = {"flow": "session", "session": [2, 4, 3], "limit": 5, "explain": True}
    answer = client.post("/api/v1/recommendations", json=body).json()
    titles = [get(f"/api/v1/movies/{movie}")["movie"]["title"] for movie in (2, 4, 3)]
    reasons = {item["reason"] for item in answer["items"]}
    assert reasons <= {f"Because you viewed {title}" for title in titles}
