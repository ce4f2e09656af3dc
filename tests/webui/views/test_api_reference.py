"""The API's page says what the OpenAPI description says."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from online.app import create_app
from sparrow.settings import Settings
from webui.views.site.api_reference_view import Parameter, reference


def test_every_operation_is_there_with_its_parameters(tmp_path: Path) -> None:
    description = create_app(Settings(data_dir=tmp_path, _env_file=None)).openapi()
    groups = reference(description).groups
    assert len({name for name, _ in groups}) == len(groups)
    found = {o.path: o for _, operations in groups for o in operations}
    assert set(found) == set(description["paths"])
    size = next(p for p in found["/getrecommendation"].parameters if p.name == "size")
    assert size == Parameter("size", "query", "whole number, 1 to 1,000", True, "", "")
    match = next(p for p in found["/api/v1/movies"].parameters if p.name == "match")
    assert match == Parameter("match", "query", "any | all", False, "all", "")


def test_the_page_is_served_by_the_site_itself(client: TestClient) -> None:
    html = client.get("/docs").text
    assert '<a href="/openapi.json">' in html
    assert client.get("/openapi.json", headers={"Accept": "*/*"}).json()["paths"] == {}
