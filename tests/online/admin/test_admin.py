"""The administrator's pages of the whole site, over a real Redis and two releases."""

import re
from uuid import uuid4

import pytest
import release_world
from imported_dataset import import_small
from real_servers import RedisServer, running, wait_until

from sparrow.settings import Settings
from webui.app import create_app

pytestmark = pytest.mark.redis
FIRST, SECOND = "20260101T000000-aaaaaa", "20260103T000000-cccccc"
TOKEN = "a token of the administrator"
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def settings(tmp_path_factory, redis) -> Settings:
    """Two releases, of which the first was active, then the second, and an imported data set."""
    options = Settings(
        data_dir=tmp_path_factory.mktemp("site"),
        redis_url=redis.url,
        scorer="embedding",
        admin_token=TOKEN,
        release_poll_seconds=0.05,
        _env_file=None,
    )
    for name in (FIRST, SECOND):
        release_world.publish(
            release_world.build_release(options.releases, name, model=False), redis.url
        )
    import_small(options)
    return options


@pytest.fixture(scope="module")
def site(settings):
    """A browser of the administrator."""
    with running(create_app(settings)) as client:
        client.headers.update(HTML)
        client.follow_redirects = True
        assert send(client, "/admin/sign-in", admin_token=TOKEN).url.path == "/admin"
        yield client


def send(client, path: str, **fields: object):
    form = client.get("/admin/sign-in").text
    token = re.findall(r'name="token" value="([^"]+)"', form)[0]
    return client.post(path, data={"token": token, **fields})


def words(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_monitoring_tells_of_what_was_served(site):
    assert site.get("/api/v1/users/2/recommendations?limit=10").status_code == 200
    page = words(site, "/admin")
    assert "/api/v1/users/{user_id}/recommendations" in page
    assert re.search(r"source/\S+ home \d+", page)
    assert re.search(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d {SECOND}.*{FIRST}", page)


def test_statistics_are_those_of_the_release(site):
    page = words(site, "/admin/statistics")
    assert f"release {SECOND}" in page
    drama = share_of("Drama")
    assert re.search(rf"Drama {100 * drama:.2f}%", page)


def share_of(genre: str) -> float:
    rated = release_world.checkerboard().movie_id.tolist()
    return sum(genre in release_world.genre_names(movie) for movie in rated) / len(rated)


def test_data_quality_is_what_importing_wrote(site):
    page = words(site, "/admin/quality")
    assert "Data set world" in page
    assert "ratings 76" in page
    assert "None. Every row was valid." in page
    assert "made from other data" in page  # the release is of another world
    event = {"user_id": 2, "type": "click", "movie_id": 4, "event_id": str(uuid4())}
    assert site.post("/api/v1/events", json=event).status_code == 202
    assert re.search(r"sparrow:events 1 \d+ s", words(site, "/admin/quality"))


def test_an_experiment_from_its_draft_to_its_end(site):
    made = send(site, "/admin/experiments", name="plain", percent=100, b_model="signal:popularity")
    assert made.status_code == 200
    assert "plain draft" in words(site, "/admin/experiments")
    send(site, "/admin/experiments/plain/start")
    for user in range(2, 12):
        site.get(f"/api/v1/users/{user}/recommendations?limit=5")
    counted = re.compile(r"control – 50% (\d+) (\d+).*variant model signal:popularity 50% (\d+)")

    def all_seen() -> bool:
        found = counted.search(words(site, "/admin/experiments"))
        return found is not None and int(found[1]) + int(found[3]) == 10

    wait_until(all_seen)
    send(site, "/admin/experiments/plain/ramp", percent=40)
    assert "40% of all users" in words(site, "/admin/experiments")
    assert send(site, "/admin/experiments/plain/delete").status_code == 409  # it runs
    send(site, "/admin/experiments/plain/stop")
    assert "plain stopped" in words(site, "/admin/experiments")
    assert "plain:variant" in words(site, "/admin/compare")
    send(site, "/admin/experiments/plain/delete")
    assert "No experiments yet." in words(site, "/admin/experiments")


def test_an_unknown_model_makes_no_experiment(site):
    assert send(site, "/admin/experiments", name="odd", percent=1, b_model="xx").status_code == 422
    assert "No experiments yet." in words(site, "/admin/experiments")


def test_two_rankings_for_one_user(site):
    page = words(site, "/admin/compare?user_id=2&a=home/signal:als&b=home/signal:popularity")
    assert "A: home/signal:als" in page
    assert "Model: Popularity" in page
    assert re.search(r"popularity \d\.\d+", page)  # a part of a score
    wrong = "/admin/compare?user_id=2&a=home/xx&b=home/signal:popularity"
    assert site.get(wrong).status_code == 422


def test_releases_are_promoted_and_rolled_back(site):
    assert f"{SECOND} active" in words(site, "/admin/releases")
    assert "taste default 0.9000" in words(site, "/admin/releases")
    send(site, "/admin/releases/rollback")
    assert f"{FIRST} active" in words(site, "/admin/releases")
    send(site, f"/admin/releases/{SECOND}/activate")
    assert f"{SECOND} active" in words(site, "/admin/releases")
    wait_until(lambda: f"release {SECOND}" in words(site, "/admin/statistics"))


def test_without_redis_monitoring_goes_on_and_decisions_wait(site, redis):
    redis.kill()
    try:
        assert "Redis can't be reached" in words(site, "/admin")
        assert "redis degraded" in words(site, "/admin")
        assert "Genre" in words(site, "/admin/statistics")
        assert "Redis can't be reached" in words(site, "/admin/quality")
        for path in ("/admin/releases", "/admin/experiments"):
            refused = site.get(path)
            assert (refused.status_code, "available right now" in refused.text) == (503, True)
    finally:
        redis.start()
    wait_until(lambda: site.get("/admin/releases").status_code == 200)
