"""The OpenAPI description against the application: nothing ends in a 500, and answers fit it."""

import pytest
import release_world
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi import checks
from starlette.testclient import TestClient

from online.app import create_app
from sparrow.redis.connection import redis_for
from sparrow.settings import Settings

pytestmark = pytest.mark.redis
TOKEN = "a-token-of-the-administrator"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
CONFORMS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A server over a world of its own: these requests also write and erase."""
    options = Settings(
        data_dir=tmp_path_factory.mktemp("described"),
        scorer="embedding",
        admin_token=TOKEN,
        _env_file=None,
    )
    release = release_world.build_release(options.releases, model=False)
    with redis_for(options) as url:
        release_world.publish(release, url)
        with TestClient(create_app(options), raise_server_exceptions=False) as client:
            for name in ("draft", "running"):
                assert client.post("/api/v1/experiments", headers=ADMIN, json=experiment(name))
            client.post("/api/v1/experiments/running/start", headers=ADMIN)
            yield client


def experiment(name: str) -> dict:
    variants = [{"name": "control", "share": 0.5}, {"name": "other", "share": 0.5}]
    return {"name": name, "layer": name, "share": 1, "variants": variants}


def within_the_world(description, release="20260101T000000-aaaaaa"):
    """The description, whose parameters now name mostly what there is."""
    known = {
        "user_id": {"type": "integer", "minimum": 0, "maximum": 30},
        "movie_id": {"type": "integer", "minimum": 0, "maximum": 50},
        "name": {"type": "string", "enum": ["draft", "running", "none"]},
        "release": {"type": "string", "enum": [release, "none"]},
    }
    for path in description["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path" and "enum" not in parameter["schema"]:
                    parameter["schema"] = known[parameter["name"]]
    return description


def test_no_request_that_the_description_allows_ends_in_a_server_error(client):
    description = within_the_world(client.get("/openapi.json").json())
    described = schemathesis.openapi.from_dict(description)
    operations = [found.ok() for found in described.get_all_operations()]
    answers = {operation.label: statuses(operation, client) for operation in operations}
    assert len(answers) >= 24
    assert 200 in answers["GET /api/v1/users/{user_id}/recommendations"]
    assert answers["POST /api/v1/events"] <= {202, 422}  # few of these movies exist
    assert {200, 404} <= answers["GET /api/v1/experiments/{name}/results"]
    assert 200 in answers["GET /api/v1/releases"]
    assert 201 in answers["POST /api/v1/users"]


def statuses(operation, client) -> set[int]:
    """What an operation answers to requests made from its description."""
    answered = set()

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case):
        asked = case.as_transport_kwargs(base_url="http://testserver")
        body = {name: asked[name] for name in ("json", "data") if name in asked}
        content = {"data": "content"}
        answer = client.request(
            asked["method"],
            asked["url"],
            params=asked["params"],
            headers={**asked["headers"], **ADMIN},
            **{content.get(name, name): value for name, value in body.items()},
        )
        assert answer.status_code < 500, (str(answer.url), answer.text)
        case.validate_response(answer, checks=CONFORMS)
        answered.add(answer.status_code)

    ask()
    return answered
