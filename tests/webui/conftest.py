"""A small known catalogue behind the real pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_service import FakeService
from fastapi import FastAPI
from starlette.testclient import TestClient

from online.api.middleware.request_context import RequestMiddleware
from online.api.problems import install_problems
from online.serving.metrics import Metrics
from sparrow.settings import Settings
from webui.app import add_pages


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, demo=True, _env_file=None)


@pytest.fixture
def app(service: FakeService, settings: Settings) -> FastAPI:
    """The pages as `create_app` puts them together, around an engine that is a fake."""
    app = FastAPI(docs_url=None, redoc_url=None)
    app.state.service = service
    app.state.metrics = Metrics()
    install_problems(app)
    app.add_middleware(RequestMiddleware, observe=app.state.metrics.observe_request)
    return add_pages(app, settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A browser that looks at nothing but HTML, and keeps cookies."""
    headers = {"Accept": "text/html,application/xhtml+xml"}
    with TestClient(app, headers=headers, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def user(client: TestClient) -> TestClient:
    """The same, browsing as user 42."""
    assert client.post("/session/browse-as", data={"user_id": 42}).status_code == 200
    return client
