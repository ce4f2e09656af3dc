"""The OpenAPI description against the application: whatever it allows, nothing ends in a 500."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

pytestmark = pytest.mark.redis


def test_no_request_that_the_description_allows_ends_in_a_server_error(client):
    described = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    operations = [found.ok() for found in described.get_all_operations()]
    answers = {operation.label: statuses(operation, client) for operation in operations}
    assert len(answers) >= 17
    assert 200 in answers["GET /api/v1/users/{user_id}/recommendations"]


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
        answer = client.request(
            asked["method"], asked["url"], params=asked["params"], headers=asked["headers"]
        )
        assert answer.status_code < 500, (str(answer.url), answer.text)
        answered.add(answer.status_code)

    ask()
    return answered
