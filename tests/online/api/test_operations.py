import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.redis


def test_every_answer_has_an_id_of_its_own(client):
    ids = {
        client.get(path).headers["x-request-id"]
        for path in ("/getmovie?id=1", "/nope", "/getmovie")
    }
    assert len(ids) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", value) for value in ids)


def test_a_sane_id_of_the_client_is_kept(client):
    answer = client.get("/getmovie?id=999", headers={"X-Request-ID": "trace-1:a.b"})
    assert answer.headers.get_list("x-request-id") == ["trace-1:a.b"]
    assert answer.json()["request_id"] == "trace-1:a.b"


@pytest.mark.parametrize("given", ["", "a" * 129, "a b", "<script>", "a\tb"])
def test_an_insane_id_is_replaced(client, given):
    answer = client.get("/getmovie?id=1", headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] != given


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nope", 404), ("POST", "/getmovie", 405)]
)
def test_routes_that_do_not_exist_are_problems(client, method, path, status):
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert list(problem) == [
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "request_id",
        "errors",
    ]
    assert (problem["status"], problem["instance"]) == (status, path)


def test_the_unexpected_is_a_problem_without_its_innards(client, monkeypatch, caplog):
    secret = "password=hunter2"

    def fail(*_):
        raise RuntimeError(secret)

    monkeypatch.setattr(client.app.state.service, "movie", fail)
    answer = client.get("/api/v1/movies/1")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert secret not in answer.text
    (line,) = [
        r for r in caplog.records if getattr(r, "request_id", "") == answer.json()["request_id"]
    ]
    assert (line.levelname, line.path) == ("ERROR", "/api/v1/movies/1")
    assert secret in str(line.exc_info[1])


def test_health(client, get, release):
    assert get("/health/live") == {"status": "live"}
    state = get("/health/ready")
    assert (state["status"], state["release"]) == ("ready", release.manifest.id)
    assert set(state["dependencies"]) == {"redis", "release", "model"}


def test_metrics_count_requests_by_route_and_time_stages(client):
    client.get("/api/v1/users/2/recommendations")
    client.get("/api/v1/movies/4")
    client.get("/api/v1/movies/999")
    text = client.get("/metrics").text
    assert re.search(
        r'requests_total\{method="GET",route="/api/v1/movies/\{movie_id\}",status="404"\} \d',
        text,
    )
    assert 'sparrow_stage_seconds_bucket{flow="home",le="0.001",stage="source/popularity"}' in text
    assert 'sparrow_pages_total{flow="home",known_user="true",model="signal:als"}' in text
    assert "/movies/999" not in text


def test_tensorflow_is_not_imported_for_the_embedding_scorer(settings, release):
    code = (
        "import sys\n"
        "from starlette.testclient import TestClient\n"
        "from online.app import create_app\n"
        "from sparrow.settings import Settings\n"
        "with TestClient(create_app(Settings())) as client:\n"
        "    assert client.get('/getrecforyou?id=2&size=5&model=emb').status_code == 200\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    environment = {"SPARROW_DATA_DIR": str(settings.data_dir), "SPARROW_SCORER": "embedding"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
