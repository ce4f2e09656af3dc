"""The checkerboard world, published into a real Redis, served by the real application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import release_world
from starlette.testclient import TestClient

from online.app import create_app
from online.catalogue.catalogue import Catalogue
from online.flow.stages import Request
from online.serving.loaded_release import LoadedRelease
from online.types import Query
from online.users.user_state import UserState
from online.users.user_store import UserStore
from sparrow.redis.connection import async_redis_client, redis_for
from sparrow.settings import Settings

RequestFor = Callable[..., Request]


def settings_in(folder: Path, **changes: object) -> Settings:
    return Settings(data_dir=folder, _env_file=None, **{"scorer": "embedding", **changes})


@pytest.fixture(scope="session")
def settings(tmp_path_factory) -> Settings:
    """A data folder with a release that has no SavedModel."""
    return settings_in(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="session")
def redis_url(settings) -> Iterator[str]:
    with redis_for(settings) as url:
        yield url


@pytest.fixture(scope="session")
def release(settings, redis_url):
    release = release_world.build_release(settings.releases, model=False)
    release_world.publish(release, redis_url)
    return release


@pytest.fixture(scope="session")
def modelled(tmp_path_factory):
    """A release with a SavedModel whose score is taste for the movie's genres."""
    folder = tmp_path_factory.mktemp("modelled")
    return release_world.build_release(folder, "20260102T000000-bbbbbb", model=True)


@pytest.fixture(scope="session")
def serving(release) -> LoadedRelease:
    """The release in memory, for stages that are given hydrated requests."""
    return LoadedRelease.load(release.root, redis=None, scorer="embedding")


@pytest.fixture
def patient(monkeypatch):
    """Flows drop no source when the machine is busy: then a list would differ by chance."""
    made = LoadedRelease.flow

    def flow(*arguments):
        return replace(made(*arguments), recall_milliseconds=np.inf)

    monkeypatch.setattr(LoadedRelease, "flow", flow)


@pytest.fixture(scope="session")
def request_for(release, redis_url, serving) -> RequestFor:
    """Hydrated requests of users, from Redis."""

    def make(user_id: int | None, **query: object) -> Request:
        user = asyncio.run(read_user(redis_url, release, user_id))
        return Request(Query(user_id, **query), user, serving.catalogue, release_world.AS_OF)

    return make


async def read_user(url: str, release, user_id: int | None) -> UserState:
    redis = async_redis_client(url, retries=0)
    try:
        store = UserStore(redis, release, Catalogue.load(release))
        return await store(user_id)
    finally:
        await redis.aclose()


@pytest.fixture(scope="session")
def client(settings, release) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def get(client):
    """The JSON of a path that answers 200."""

    def get(path: str, **parameters: object):
        answer = client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get
