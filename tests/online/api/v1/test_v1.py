import pytest
import release_world
from release_world import rated_by

pytestmark = pytest.mark.redis


def movie_ids(answer):
    return [movie["movie_id"] for movie in answer["movies"]]


def test_a_personal_list_names_what_made_it(get, release):
    answer = get("/api/v1/users/2/recommendations", limit=5)
    assert answer["personal"] is True
    assert answer["release"] == release.manifest.id
    assert (answer["flow"], answer["model"]) == ("home", "signal:als")
    assert answer["model_version"] == f"signal:als@{release.manifest.id}"
    assert len(answer["items"]) == 5
    assert answer["trace"] is None
    assert answer["items"][0]["explain"] is None
    assert not {item["movie"]["movie_id"] for item in answer["items"]} & rated_by(2).keys()


def test_explain_shows_sources_parts_and_the_trace(get):
    answer = get("/api/v1/users/2/recommendations", limit=5, explain=True)
    for item in answer["items"]:
        assert item["explain"]["sources"]
        assert item["score"] == pytest.approx(item["explain"]["score_components"]["als"])
        assert item["reason"]
        assert item["explain"]["match"] is None  # a signal predicts no likes
    names = [stage["name"] for stage in answer["trace"]]
    assert names[0] == "hydrate"
    assert {"source/popularity", "merge", "filter/already rated", "score/signal:als"} <= set(names)
    assert all(stage["error"] is None for stage in answer["trace"])


@pytest.mark.parametrize("flow", ["home", "discover", "session", "because&movie_id=4"])
def test_scores_are_the_sums_of_their_parts_down_to_the_end(client, flow):
    path = f"/api/v1/users/2/recommendations?limit=1000&explain=true&flow={flow}"
    scored = [item for item in client.get(path).json()["items"] if item["score"] is not None]
    assert len(scored) > 30
    for item in scored:
        assert sum(item["explain"]["score_components"].values()) == pytest.approx(item["score"])


def test_pages_continue_where_the_last_one_ended(get):
    whole = get("/api/v1/users/2/recommendations", limit=30)["items"]
    pages = [
        get("/api/v1/users/2/recommendations", limit=10, offset=offset)["items"]
        for offset in (0, 10, 20)
    ]
    assert [item["movie"] for page in pages for item in page] == [item["movie"] for item in whole]
    assert get("/api/v1/users/2/recommendations", offset=2**40)["items"] == []


def test_a_list_keeps_to_its_genre_and_exclusions(get):
    parameters = {"genre": "Drama", "exclude": [4, 8], "limit": 1000}
    answer = get("/api/v1/users/2/recommendations", **parameters)
    drama = {m for m in release_world.MOVIES.tolist() if m % 4 == 0}
    found = {item["movie"]["movie_id"] for item in answer["items"]}
    assert found == drama - {4, 8} - rated_by(2).keys()


def test_an_unknown_user_gets_what_is_popular_and_fresh(get):
    answer = get("/api/v1/users/777/recommendations", limit=10, explain=True)
    assert answer["personal"] is False
    assert answer["items"][0]["reason"] == "Popular with everyone"
    sources = [item["explain"]["sources"] for item in answer["items"]]
    assert "popularity" in sources[0]
    assert "latest" in sources[4]
    assert "latest" in sources[9]


def test_a_users_profile(get):
    answer = get("/api/v1/users/1", limit=3, offset=1)
    assert (answer["user_id"], answer["age"]) == (1, 42)
    assert answer["rating_count"] == len(rated_by(1))
    assert answer["genre_shares"][0]["genre"] == "Film-Noir"
    times = [rating["timestamp"] for rating in answer["ratings"]]
    assert len(times) == 3
    assert times == sorted(times, reverse=True)


def test_a_movie_with_its_best_ratings(get):
    answer = get("/api/v1/movies/4")
    assert answer["movie"]["title"] == "Funny Story, Part 4"
    scores = [rating["score"] for rating in answer["top_ratings"]]
    assert scores == sorted(scores, reverse=True)
    assert get(f"/api/v1/movies/{release_world.UNRATED}")["movie"]["rating_mean"] is None


@pytest.mark.parametrize("by", ["embedding", "co-rating", "content"])
def test_similar_movies(get, by):
    found = movie_ids(get("/api/v1/movies/6/similar", by=by, limit=5))
    assert len(found) == 5
    assert 6 not in found
    assert all(movie % 2 == 0 for movie in found)


def test_content_means_genres_and_year(get):
    found = movie_ids(get("/api/v1/movies/40/similar", by="content", limit=4))
    assert set(found) == {32, 36, 44, 48}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"genres": ["Drama"]}, {m for m in range(1, 81) if m % 4 == 0}),
        ({"genres": ["Drama", "Film-Noir"]}, set()),
        (
            {"genres": ["Drama", "Film-Noir"], "match": "any"},
            {m for m in range(1, 81) if m % 4 == 0 or m % 2},
        ),
        ({"year_from": 1968, "year_to": 1969}, {76, 77, 78, 79}),
        ({"min_votes": 10_000}, set()),
    ],
)
def test_browsing_filters(get, parameters, expected):
    answer = get("/api/v1/movies", limit=1000, **parameters)
    assert set(movie_ids(answer)) == expected
    assert answer["total"] == len(expected)


def test_browsing_filters_by_what_people_think(get):
    movies = get("/api/v1/movies", limit=1000, min_rating=4, min_votes=2)["movies"]
    assert movies
    assert all(m["rating_mean"] >= 4 and m["rating_count"] >= 2 for m in movies)


def test_browsing_hides_what_a_user_has_seen(get):
    shown = set(movie_ids(get("/api/v1/movies", limit=1000, hide_seen_by=2)))
    assert shown == set(release_world.MOVIES.tolist()) - rated_by(2).keys()


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("popularity", lambda movie: (-movie["rating_count"], movie["movie_id"])),
        ("year", lambda movie: (-movie["year"], -movie["rating_count"])),
    ],
)
def test_browsing_sorts_and_pages(get, sort, key):
    movies = get("/api/v1/movies", sort=sort, limit=1000)["movies"]
    assert movies == sorted(movies, key=key)
    assert get("/api/v1/movies", sort=sort, limit=7, offset=5)["movies"] == movies[5:12]


def test_titles_sort_by_words(get):
    titles = [movie["title"] for movie in get("/api/v1/movies", sort="title", limit=80)["movies"]]
    assert titles[0] == "Dark Story, Part 1"
    assert titles[-1].startswith("Funny Story")


@pytest.mark.parametrize("name", ["popular", "trending", "latest", "top-rated", "hidden-gems"])
def test_charts_can_be_of_one_genre(get, name):
    whole = movie_ids(get(f"/api/v1/charts/{name}", limit=1000))
    drama = movie_ids(get(f"/api/v1/charts/{name}", genre="Drama", limit=1000))
    assert drama == [movie for movie in whole if movie % 4 == 0]


def test_search(get):
    answer = get("/api/v1/search", q="part dar 3", limit=3)
    assert answer["total"] == 6  # 3, 31, 33, 35, 37, 39
    assert len(answer["movies"]) == 3
    assert all("Dark" in movie["title"] for movie in answer["movies"])


def test_search_says_what_was_meant(get):
    answer = get("/api/v1/search", q="funyn")
    assert answer["suggestion"] == "funny"
    assert all("Funny" in movie["title"] for movie in answer["movies"])
    assert get("/api/v1/search", q="dark")["suggestion"] is None


def test_names(get):
    assert get("/api/v1/genres")["names"] == ["Comedy", "Film-Noir", "Drama"]
    assert get("/api/v1/models")["names"] == ["signal:als", "signal:ease", "signal:popularity"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/users/x/recommendations", "user_id"),
        (f"/users/{2**63}/recommendations", "user_id"),
        ("/users/1/recommendations?limit=0", "limit"),
        ("/users/1/recommendations?limit=1001", "limit"),
        ("/users/1/recommendations?offset=-1", "offset"),
        ("/users/1/recommendations?flow=magic", "flow"),
        ("/users/1/recommendations?model=magic", "model"),
        ("/users/1/recommendations?genre=magic", "genre"),
        ("/users/1/recommendations?exclude=x", "exclude.0"),
        ("/users/1/recommendations?at=x", "at"),
        ("/movies?sort=magic", "sort"),
        ("/movies?genres=magic", "genres"),
        ("/movies?min_rating=9", "min_rating"),
        ("/movies/1/similar?by=magic", "by"),
        ("/charts/magic", "name"),
        ("/charts/popular?genre=magic", "genre"),
        ("/search", "q"),
    ],
)
def test_what_cannot_be_is_422_and_named(client, path, field):
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("path", ["/users/999", "/movies/999", "/movies/999/similar"])
def test_what_is_not_there_is_404(client, path):
    assert client.get(f"/api/v1{path}").status_code == 404


def test_a_rating_is_foretold_with_a_range(get):
    rated = release_world.rated_by(2)
    own, other = (
        next(
            m for m in release_world.MOVIES.tolist() if m not in rated and m % 2 == side and m < 40
        )
        for side in (0, 1)
    )
    found = [get(f"/api/v1/movies/{m}/prediction", user_id=2)["prediction"] for m in (own, other)]
    assert found[0]["rating"] > 4 > 2 > found[1]["rating"]
    for each in found:
        assert 0.5 <= each["low"] <= each["rating"] <= each["high"] <= 5


@pytest.mark.parametrize(("movie", "user"), [(release_world.UNRATED, 2), (4, 777)])
def test_too_little_evidence_foretells_nothing(get, movie, user):
    assert get(f"/api/v1/movies/{movie}/prediction", user_id=user)["prediction"] is None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/movies/999999/prediction?user_id=2", 404),
        ("/api/v1/movies/4/prediction", 422),
        ("/api/v1/movies/4/prediction?user_id=-1", 422),
    ],
)
def test_a_prediction_needs_a_movie_and_a_user(client, path, status):
    assert client.get(path).status_code == status
