"""The OpenAPI description against the application: whatever it allows, nothing ends in a 500."""

import pytest
import schemathesis
import worlds
from hypothesis import HealthCheck, Phase, given, settings
from starlette.testclient import TestClient

from online.app import create_app
from sparrow.redis_server import redis_for
from sparrow.settings import Settings

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A server over a world of its own: these requests also write and erase."""
    options = Settings(
        data_dir=tmp_path_factory.mktemp("described"), scorer="embedding", _env_file=None
    )
    release = worlds.build_release(options.releases, model=False)
    with redis_for(options) as url:
        worlds.publish(release, url)
        with TestClient(create_app(options), raise_server_exceptions=False) as client:
            yield client


def test_no_request_that_the_description_allows_ends_in_a_server_error(client):
    described = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    operations = [found.ok() for found in described.get_all_operations()]
    answers = {operation.label: statuses(operation, client) for operation in operations}
    assert len(answers) >= 24
    assert 200 in answers["GET /api/v1/users/{user_id}/recommendations"]
    assert answers["POST /api/v1/events"] <= {202, 422}  # few of these movies exist
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
            headers=asked["headers"],
            **{content.get(name, name): value for name, value in body.items()},
        )
        assert answer.status_code < 500, (str(answer.url), answer.text)
        answered.add(answer.status_code)

    ask()
    return answered
