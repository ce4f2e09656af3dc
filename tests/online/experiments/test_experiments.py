"""Experiments through the API, with a real Redis: made, started, ramped, counted, stopped."""

import asyncio

import orjson
import pytest
import release_world
from real_servers import RedisServer, running, wait_until
from starlette.testclient import TestClient

from online.app import create_app
from online.experiments.logging.impression_log import ImpressionLog
from sparrow.redis import keys
from sparrow.redis.connection import async_redis_client, redis_client
from sparrow.settings import Settings

pytestmark = pytest.mark.redis
TOKEN = "a token of the administrator"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
PATH = "/api/v1/experiments"
USERS = range(1, 31)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("x"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def settings(tmp_path_factory, server) -> Settings:
    options = Settings(
        data_dir=tmp_path_factory.mktemp("experiments"),
        redis_url=server.url,
        scorer="embedding",
        admin_token=TOKEN,
        _env_file=None,
    )
    release_world.publish(release_world.build_release(options.releases, model=False), server.url)
    return options


@pytest.fixture(scope="module")
def app_client(settings):
    with running(create_app(settings)) as client:
        yield client


@pytest.fixture
def redis(server):
    with redis_client(server.url) as redis:
        yield redis


@pytest.fixture
def client(app_client, redis):
    """A client of a server without experiments."""
    yield app_client
    for name in redis.hkeys(keys.EXPERIMENTS):
        app_client.post(f"{PATH}/{name.decode()}/stop", headers=ADMIN)
        assert app_client.delete(f"{PATH}/{name.decode()}", headers=ADMIN).status_code == 204


def definition(name="ranking", share=1.0, **more) -> dict:
    variants = [
        {"name": "control", "share": 0.5},
        {"name": "popular", "share": 0.5, "parameters": {"model": "signal:popularity"}},
    ]
    return {"name": name, "salt": name, "share": share, "variants": variants, **more}


def varied(**parameters) -> list[dict]:
    return [{"name": name, "share": 0.5, "parameters": parameters} for name in "ab"]


def post(client, path, json=None, status=200) -> dict:
    answer = client.post(f"{PATH}{path}", json=json, headers=ADMIN)
    assert answer.status_code == status, answer.text
    return answer.json()


def started(client, *made: dict) -> None:
    for each in made:
        post(client, "", each, 201)
        post(client, f"/{each['name']}/start")


def listed(client, user_id, **parameters) -> dict:
    path = f"/api/v1/users/{user_id}/recommendations"
    answer = client.get(path, params={"limit": 5} | parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def variants(client, name="ranking") -> dict[int, str]:
    found = {user_id: listed(client, user_id)["variants"] for user_id in USERS}
    return {user_id: chosen[name] for user_id, chosen in found.items() if name in chosen}


def counts(client, name="ranking") -> dict[str, dict]:
    answer = client.get(f"{PATH}/{name}/results", headers=ADMIN)
    assert answer.status_code == 200, answer.text
    return {each["variant"]: each for each in answer.json()["counts"]}


def impressions(redis) -> list[dict]:
    return [orjson.loads(fields[b"impression"]) for _, fields in redis.xrange(keys.IMPRESSIONS)]


def test_a_draft_changes_nothing_and_a_running_one_its_users_lists(client):
    post(client, "", definition(), 201)
    assert listed(client, 2)["variants"] == {}
    post(client, "/ranking/start")
    chosen = variants(client)
    assert set(chosen) == set(USERS)
    assert set(chosen.values()) == {"control", "popular"}
    for user_id, variant in chosen.items():
        answer = listed(client, user_id)
        assert answer["variants"] == {"ranking": variant}
        assert answer["model"] == ("signal:popularity" if variant == "popular" else "signal:als")


def test_ramping_up_keeps_everybodys_variant_and_stopping_ends_it(client):
    started(client, definition(share=0.3))
    few = variants(client)
    assert 0 < len(few) < len(USERS)
    assert post(client, "/ranking/ramp", {"share": 1})["buckets"] == [[0, 10_000]]
    everybody = variants(client)
    assert few.items() <= everybody.items()
    assert len(everybody) == len(USERS)
    post(client, "/ranking/ramp", {"share": 0.3})
    assert variants(client) == few
    assert post(client, "/ranking/stop")["status"] == "stopped"
    assert variants(client) == {}
    assert {listed(client, user_id)["model"] for user_id in USERS} == {"signal:als"}
    post(client, "/ranking/ramp", {"share": 1}, status=409)
    post(client, "/ranking/start")
    assert variants(client) == few


def test_another_process_follows_within_a_second(client, settings):
    with TestClient(create_app(settings)) as other:
        started(client, definition())
        wait_until(lambda: listed(other, 2)["variants"] != {})
        assert listed(other, 2)["variants"] == listed(client, 2)["variants"]
        post(client, "/ranking/stop")
        wait_until(lambda: listed(other, 2)["variants"] == {})


def test_what_a_request_asks_for_itself_stays(client):
    started(client, definition())
    answer = listed(client, 2, model="signal:als")
    assert (answer["model"], answer["variants"]) == ("signal:als", {})
    assert client.post("/api/v1/recommendations", json={"likes": [2]}).json()["variants"] == {}


def test_one_layer_is_exclusive_and_overlaps_are_refused(client):
    started(client, definition("first", 0.6), definition("second", 0.4))
    assert not variants(client, "first").keys() & variants(client, "second").keys()
    full = post(client, "", definition("third", 0.1), 422)
    assert full["errors"][0]["field"] == "share"
    assert "Layer default is full" in full["detail"]
    assert "first, second have 10,000" in full["detail"]
    post(client, "/second/stop")
    post(client, "", definition("third", 0.1), 201)
    overlap = post(client, "/second/start", status=422)
    assert "Buckets 6000 to 6999 of layer default belong to third" in overlap["detail"]
    assert (
        "belong to first" in post(client, "", definition("x", 0.1, first_bucket=0), 422)["detail"]
    )
    other_layer = post(client, "", definition("x", 0.1, layer="other"), 422)
    assert "varies model too" in other_layer["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"variants": [{"name": "a", "share": 0.5}] * 2}, "variants"),
        ({"variants": varied(model="magic")}, "model"),
        ({"variants": varied(flow="magic")}, "flow"),
        ({"variants": varied(flow="because")}, "flow"),  # home is asked without a movie
        ({"variants": varied(flow="genre"), "on": "similar"}, "flow"),
        (
            {"variants": [*varied()[:1], *varied(diversity=2)[1:]]},
            "variants.1.parameters.diversity",
        ),
        ({"on": "magic"}, "flow"),
        ({"share": 2}, "share"),
        ({"magic": 2}, "magic"),
        ({"name": "A B"}, "name"),
    ],
)
def test_what_cannot_be_is_refused_by_name(client, change, field):
    problem = post(client, "", definition() | change, 422)
    assert problem["errors"][0]["field"] == field


def test_a_flow_replaces_one_that_is_asked_for_as_much(client):
    post(client, "", definition() | {"on": "similar", "variants": varied(flow="because")}, 201)


def test_names_are_unique_and_unknown_ones_are_404(client):
    started(client, definition())
    assert "already" in post(client, "", definition(), 409)["detail"]
    assert client.delete(f"{PATH}/ranking", headers=ADMIN).status_code == 409
    for path in ("/nope/start", "/nope/stop"):
        post(client, path, status=404)
    for path in (f"{PATH}/nope", f"{PATH}/nope/results"):
        assert client.get(path, headers=ADMIN).status_code == 404
    assert client.delete(f"{PATH}/nope", headers=ADMIN).status_code == 404
    (one,) = client.get(PATH, headers=ADMIN).json()["experiments"]
    assert one == client.get(f"{PATH}/ranking", headers=ADMIN).json()


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "x"}])
def test_only_the_administrator_may(client, header):
    started(client, definition())
    for answer in (
        client.get(PATH, headers=header),
        client.post(PATH, json=definition("x"), headers=header),
        client.post(f"{PATH}/ranking/stop", headers=header),
        client.get("/api/v1/users/2/recommendations?variant=ranking:popular", headers=header),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert TOKEN not in answer.text
    assert listed(client, 2)["variants"]


def test_nobody_may_where_there_is_no_token(settings):
    closed = settings.model_copy(update={"admin_token": None})
    with TestClient(create_app(closed)) as client:
        answer = client.get(PATH, headers=ADMIN)
        assert answer.status_code == 403
        assert "SPARROW_ADMIN_TOKEN" in answer.json()["detail"]


def test_each_served_list_of_a_user_is_in_the_stream(client, redis, settings):
    started(client, definition())
    redis.delete(keys.IMPRESSIONS)
    path = "/api/v1/users/2/recommendations?limit=3&offset=4"
    answer = client.get(path, headers={"X-Request-ID": "mine"}).json()
    wait_until(lambda: redis.xlen(keys.IMPRESSIONS) == 1)
    (written,) = impressions(redis)
    assert {name: written[name] for name in ("request_id", "user_id", "flow")} == {
        "request_id": "mine",
        "user_id": 2,
        "flow": "home",
    }
    assert (written["model"], written["release"]) == (answer["model"], answer["release"])
    assert written["variants"] == answer["variants"] != {}
    assert written["position"] == 4
    assert written["movies"] == [item["movie"]["movie_id"] for item in answer["items"]]
    assert written["scores"] == [item["score"] for item in answer["items"]]
    assert written["propensities"] == [1, 1, 1]


def test_lists_for_nobody_and_for_a_look_are_not_exposures(client, redis):
    started(client, definition())
    redis.delete(keys.IMPRESSIONS)
    client.post("/api/v1/recommendations", json={"likes": [2]})
    for variant in ("control", "popular"):
        path = f"/api/v1/users/2/recommendations?variant=ranking:{variant}"
        answer = client.get(path, headers=ADMIN).json()
        assert answer["variants"] == {"ranking": variant}
        assert answer["model"] == ("signal:popularity" if variant == "popular" else "signal:als")
    assert client.get("/getrecforyou?id=777&size=5&model=emb").status_code == 404
    listed(client, 3)
    wait_until(lambda: redis.xlen(keys.IMPRESSIONS) > 0)
    assert [each["user_id"] for each in impressions(redis)] == [3]


@pytest.mark.parametrize("variant", ["ranking:magic", "magic:control", "magic"])
def test_a_variant_that_there_is_not_is_422(client, variant):
    started(client, definition())
    path = f"/api/v1/users/2/recommendations?variant={variant}"
    answer = client.get(path, headers=ADMIN)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "variant"
    assert "ranking:" in answer.text or variant == "magic"


def test_what_users_do_counts_from_their_first_exposure_on(client):
    def act(kind, movie, **more):
        event = {"user_id": 5, "type": kind, "movie_id": movie, **more}
        assert client.post("/api/v1/events", json=event).status_code == 202

    started(client, definition())
    mine = listed(client, 4)["variants"]["ranking"]  # who only looks
    act("click", 20)  # before the exposure: does not count
    variant = listed(client, 5)["variants"]["ranking"]
    act("click", 20)
    act("click", 22)
    act("watchlist", 22)
    act("watchlist", 22, undo=True)
    act("rating", 20, value=4.5)
    listed(client, 5)
    wait_until(lambda: counts(client)[variant]["ratings"] == 1)
    again = counts(client)
    assert again == counts(client)
    found = again[variant]
    assert (found["clicks"], found["ratings"], found["watchlist"]) == (2, 1, 1)
    assert sum(each["users"] for each in again.values()) == 2
    assert sum(each["exposures"] for each in again.values()) == 3
    assert sum(each["impressions"] for each in again.values()) == 15
    assert again[mine]["users"] >= 1


def test_results_compare_the_variants(client):
    started(client, definition())
    chosen = variants(client)
    for user_id, variant in chosen.items():
        if variant == "popular":
            event = {"user_id": user_id, "type": "click", "movie_id": 20}
            client.post("/api/v1/events", json=event)
    clicks = sum(variant == "popular" for variant in chosen.values())
    wait_until(lambda: counts(client)["popular"]["clicks"] == clicks)
    answer = client.get(f"{PATH}/ranking/results", headers=ADMIN).json()
    assert answer["trustworthy"] is True
    popular = {v["name"]: v for v in answer["results"]["variants"]}["popular"]
    rate = {figure["metric"]: figure for figure in popular["figures"]}["click_through_rate"]
    assert rate["value"] == pytest.approx(0.2)  # one click to five movies
    assert rate["difference"] is None or rate["difference"]["absolute"] == pytest.approx(0.2)


def test_erasing_a_user_erases_their_exposures(client, redis):
    started(client, definition())
    new = client.post("/api/v1/users", json={"likes": [2]}).json()["user_id"]
    listed(client, new)
    wait_until(lambda: sum(each["users"] for each in counts(client).values()) == 1)
    assert redis.hkeys(keys.experiment_outcomes("ranking")) == [str(new).encode()]
    assert client.delete(f"/api/v1/users/{new}").status_code == 204
    assert redis.hkeys(keys.experiment_outcomes("ranking")) == []
    assert new not in [each["user_id"] for each in impressions(redis)]
    length = redis.xlen(keys.IMPRESSIONS)
    listed(client, new)
    listed(client, 2)
    wait_until(lambda: redis.xlen(keys.IMPRESSIONS) > length)
    assert impressions(redis)[-1]["user_id"] == 2


def test_deleting_forgets_what_came_of_it(client, redis):
    started(client, definition())
    listed(client, 2)
    wait_until(lambda: sum(each["users"] for each in counts(client).values()) == 1)
    post(client, "/ranking/stop")
    assert client.delete(f"{PATH}/ranking", headers=ADMIN).status_code == 204
    assert not redis.exists(keys.experiment_outcomes("ranking"))


def test_what_cannot_be_read_is_left_out(client, redis, caplog):
    started(client, definition())
    redis.hset(keys.EXPERIMENTS, "other", b"{}")
    (only,) = client.get(PATH, headers=ADMIN).json()["experiments"]
    assert only["name"] == "ranking"
    assert "An experiment cannot be read" in caplog.text
    redis.hdel(keys.EXPERIMENTS, "other")


def test_redis_killed_and_started_again(settings, server, tmp_path):
    with running(create_app(settings)) as client:
        started(client, definition())
        chosen = listed(client, 2)["variants"]
        server.kill()
        try:
            answer = listed(client, 2)
            assert (answer["variants"], answer["degraded"]) == (chosen, True)
            assert client.get(PATH, headers=ADMIN).status_code == 503
            dropped = 'sparrow_impressions_total{fate="dropped"}'
            wait_until(lambda: dropped in client.get("/metrics").text)
        finally:
            server.start()
        wait_until(lambda: client.get(PATH, headers=ADMIN).status_code == 200)
        assert listed(client, 2)["variants"] == chosen
    with TestClient(create_app(settings)) as client:  # another process, started later
        assert listed(client, 2)["variants"] == chosen
        post(client, "/ranking/stop")
        assert client.delete(f"{PATH}/ranking", headers=ADMIN).status_code == 204


def test_too_many_waiting_impressions_are_dropped_and_counted(monkeypatch):
    monkeypatch.setattr("online.experiments.logging.impression_log._WAITING", 3)
    fates = []

    async def add():
        redis = async_redis_client("unix:///nowhere", retries=0)
        log = ImpressionLog(redis, lambda fate, number: fates.append((fate, number)))
        for _ in range(5):
            log.add(None)
        await redis.aclose()

    asyncio.run(add())
    assert fates == [("dropped", 1)] * 2


def test_what_users_did_before_the_start_makes_results_sharper(client, redis):
    for user_id in range(1, 21):
        listed(client, user_id)
    eager = [user_id for user_id in range(1, 21) if user_id % 2]

    def click(user_id, movie):
        event = {"user_id": user_id, "type": "click", "movie_id": movie}
        assert client.post("/api/v1/events", json=event).status_code == 202

    for user_id in eager:
        click(user_id, 20)
        click(user_id, 22)
    length = redis.xlen(keys.IMPRESSIONS)
    wait_until(lambda: redis.xlen(keys.IMPRESSIONS) == length)
    started(client, definition())
    chosen = {user_id: listed(client, user_id)["variants"]["ranking"] for user_id in range(1, 21)}
    assert len(set(chosen.values())) == 2
    for user_id in eager:
        click(user_id, 24)
        click(user_id, 26)
    click(2, 24)  # so that the past does not predict_ratings everything
    wait_until(lambda: sum(each["clicks"] for each in counts(client).values()) == 21)

    def difference():
        answer = client.get(f"{PATH}/ranking/results", headers=ADMIN).json()
        figures = answer["results"]["variants"][1]["figures"]
        return next(f for f in figures if f["metric"] == "click_through_rate")["difference"]

    sharp = difference()
    kept = redis.hgetall(keys.pre_period("ranking"))
    redis.delete(keys.pre_period("ranking"))
    plain = difference()
    assert (sharp["cuped"], plain["cuped"]) == (True, False)
    assert sharp["high"] - sharp["low"] < 0.7 * (plain["high"] - plain["low"])
    redis.hset(keys.pre_period("ranking"), mapping=kept)
    assert client.delete("/api/v1/users/20").status_code == 204
    assert b"20" not in redis.hkeys(keys.pre_period("ranking"))


def test_what_was_noted_at_the_first_start_stays(client, redis):
    listed(client, 2)
    started(client, definition())
    noted = redis.hgetall(keys.pre_period("ranking"))
    assert noted
    post(client, "/ranking/stop")
    listed(client, 3)
    post(client, "/ranking/start")
    assert redis.hgetall(keys.pre_period("ranking")) == noted
    post(client, "/ranking/stop")
    assert client.delete(f"{PATH}/ranking", headers=ADMIN).status_code == 204
    assert not redis.exists(keys.pre_period("ranking"))
