"""The five endpoints of SparrowRecSys, field by field."""

import pytest
import release_world
from release_world import rated_by

pytestmark = pytest.mark.redis
MOVIE = {
    "movieId": int,
    "title": str,
    "releaseYear": int,
    "imdbId": (str, type(None)),
    "tmdbId": (str, type(None)),
    "genres": list,
    "ratingNumber": int,
    "averageRating": float,
    "topRatings": list,
}
RATING = {"movieId": int, "userId": int, "score": float, "timestamp": int}


def check_fields(document, expected):
    assert list(document) == list(expected)
    for name, kind in expected.items():
        assert isinstance(document[name], kind), name


def check_movies(documents):
    for document in documents:
        check_fields(document, MOVIE)
        for rating in document["topRatings"]:
            assert list(rating) == ["rating"]
            check_fields(rating["rating"], RATING)
            assert rating["rating"]["movieId"] == document["movieId"]


def test_getmovie(get):
    movie = get("/getmovie", id=4)
    check_movies([movie])
    world = release_world.checkerboard()
    scores = world.rating[world.movie_id == 4]
    assert movie["title"] == "Funny Story, Part 4"
    assert movie["releaseYear"] == 1932
    assert movie["imdbId"] == "0000004"
    assert movie["tmdbId"] == "4"
    assert movie["genres"] == ["Comedy", "Drama"]
    assert movie["ratingNumber"] == len(scores)
    assert movie["averageRating"] == pytest.approx(scores.mean(), abs=1e-5)
    top = [rating["rating"]["score"] for rating in movie["topRatings"]]
    assert top == sorted(scores.tolist(), reverse=True)[:10]


def test_getmovie_without_ratings_or_ids(get):
    movie = get("/getmovie", id=release_world.UNRATED)
    check_movies([movie])
    assert (movie["ratingNumber"], movie["averageRating"], movie["topRatings"]) == (0, 0.0, [])
    assert movie["tmdbId"] is None


def test_getuser(get):
    user, given = get("/getuser", id=1), rated_by(1)
    assert list(user) == [
        "userId",
        "averageRating",
        "highestRating",
        "lowestRating",
        "ratingCount",
        "ratings",
    ]
    assert user["userId"] == 1
    assert user["ratingCount"] == len(given)
    assert user["averageRating"] == pytest.approx(sum(given.values()) / len(given))
    assert (user["highestRating"], user["lowestRating"]) == (
        max(given.values()),
        min(given.values()),
    )
    for rating in user["ratings"]:
        check_fields(rating["rating"], RATING)
        assert rating["rating"]["userId"] == 1
    assert {r["rating"]["movieId"]: r["rating"]["score"] for r in user["ratings"]} == given


@pytest.mark.parametrize("size", [1, 16, 1000])
def test_getsimilarmovie(get, size):
    movies = get("/getsimilarmovie", movieId=6, size=size, model="emb")
    check_movies(movies)
    found = [movie["movieId"] for movie in movies]
    assert len(found) == min(size, len(release_world.MOVIES) - 2)
    assert 6 not in found
    assert all(movie % 2 == 0 for movie in found[:16])
    assert set(found[:2]) <= {4, 8}


def test_getsimilarmovie_of_a_movie_without_a_vector_goes_by_its_content(get):
    found = get("/getsimilarmovie", movieId=release_world.UNRATED, size=5, model="emb")
    assert all("Comedy" in movie["genres"] for movie in found)


@pytest.mark.parametrize("sortby", ["rating", "releaseYear"])
def test_getrecommendation(get, sortby):
    movies = get("/getrecommendation", genre="Drama", size=8, sortby=sortby)
    check_movies(movies)
    assert len(movies) == 8
    assert all("Drama" in movie["genres"] for movie in movies)
    if sortby == "releaseYear":
        years = [movie["releaseYear"] for movie in movies]
        assert years == sorted(years, reverse=True)
    else:
        assert all(movie["ratingNumber"] > 1 for movie in movies[:3])


@pytest.mark.parametrize("model", ["emb", "signal:als", "signal:popularity", "nerualcf"])
def test_getrecforyou(get, model):
    movies = get("/getrecforyou", id=2, size=10, model=model)
    check_movies(movies)
    assert len(movies) == 10
    assert not {movie["movieId"] for movie in movies} & rated_by(2).keys()
    if model in {"emb", "signal:als"}:
        assert all(movie["movieId"] % 2 == 0 for movie in movies)


def test_getrecforyou_names_what_made_the_list(client, release):
    headers = client.get("/getrecforyou?id=2&size=1&model=emb").headers
    assert headers["x-sparrow-release"] == release.manifest.id
    assert (headers["x-sparrow-flow"], headers["x-sparrow-model"]) == ("home", "signal:als")


def test_getrecforyou_gives_all_that_is_unseen(get):
    movies = get("/getrecforyou", id=2, size=1000, model="emb")
    assert len(movies) == len(release_world.MOVIES) - len(rated_by(2))


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/getmovie", "id"),
        ("/getmovie?id=", "id"),
        ("/getmovie?id=x", "id"),
        ("/getmovie?id=1.5", "id"),
        ("/getmovie?id=-1", "id"),
        (f"/getmovie?id={2**63}", "id"),
        ("/getuser", "id"),
        ("/getuser?id=abc", "id"),
        ("/getsimilarmovie?size=3&model=emb", "movieId"),
        ("/getsimilarmovie?movieId=1&model=emb", "size"),
        ("/getsimilarmovie?movieId=1&size=3", "model"),
        ("/getsimilarmovie?movieId=1&size=0&model=emb", "size"),
        ("/getsimilarmovie?movieId=1&size=1001&model=emb", "size"),
        ("/getsimilarmovie?movieId=1&size=3&model=magic", "model"),
        ("/getrecommendation?size=3&sortby=rating", "genre"),
        ("/getrecommendation?genre=Magic&size=3&sortby=rating", "genre"),
        ("/getrecommendation?genre=Drama&size=3&sortby=magic", "sortby"),
        ("/getrecommendation?genre=Drama&size=3", "sortby"),
        ("/getrecforyou?size=3&model=emb", "id"),
        ("/getrecforyou?id=1&model=emb", "size"),
        ("/getrecforyou?id=1&size=3", "model"),
        ("/getrecforyou?id=1&size=3&model=magic", "model"),
    ],
)
def test_a_missing_or_malformed_parameter_is_named(client, path, field):
    answer = client.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("genre_or_model", ["genre", "model"])
def test_an_unknown_name_is_answered_with_the_valid_ones(client, genre_or_model):
    path = {
        "genre": "/getrecommendation?genre=Magic&size=3&sortby=rating",
        "model": "/getrecforyou?id=1&size=3&model=magic",
    }[genre_or_model]
    valid = {"genre": release_world.GENRES, "model": ("signal:als", "signal:popularity")}[
        genre_or_model
    ]
    assert all(name in client.get(path).json()["detail"] for name in valid)


@pytest.mark.parametrize(
    "path",
    [
        "/getmovie?id=999",
        f"/getmovie?id={2**63 - 1}",
        "/getuser?id=999",
        "/getsimilarmovie?movieId=999&size=3&model=emb",
        "/getrecforyou?id=999&size=3&model=emb",
    ],
)
def test_an_unknown_id_is_404(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "There is no" in answer.json()["detail"]
