"""The pointer in a real Redis: activation, rollback, forgetting."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from sparrow.errors import DependencyError, ReleaseError
from sparrow.redis import keys
from sparrow.redis.connection import redis_client, redis_for
from sparrow.release import active_release
from sparrow.settings import Settings

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_for(Settings(data_dir=tmp_path_factory.mktemp("redis"))) as found:
        yield found


@pytest.fixture
def client(url: str) -> Iterator[Redis]:
    opened = redis_client(url)
    opened.flushall()
    yield opened
    opened.close()


def write(client: Redis, *releases: str) -> None:
    for release in releases:
        client.set(keys.manifest(release), "{}")
        client.hset(keys.user(release, 1), mapping={keys.ROW: b"row"})


def test_nothing_serves_before_the_first(client: Redis) -> None:
    assert active_release.current(client) is None
    with pytest.raises(ReleaseError, match="not there"):
        active_release.activate(client, "a")
    assert active_release.current(client) is None


def test_rollback_goes_one_back_each_time(client: Redis) -> None:
    write(client, "a", "b", "c")
    for release in "abc":
        active_release.activate(client, release)
    assert active_release.rollback(client) == ("c", "b")
    assert active_release.rollback(client) == ("b", "a")
    assert active_release.current(client) == "a"
    with pytest.raises(ReleaseError, match="only one"):
        active_release.rollback(client)
    assert active_release.current(client) == "a"


def test_each_switch_is_kept_with_its_time(client: Redis) -> None:
    write(client, "a", "b")
    before, _ = client.time()
    for release in "abb":
        active_release.activate(client, release)
    active_release.rollback(client)
    switches = active_release.switches(client)
    assert [switch.release for switch in switches] == ["a", "b", "a"]
    after, _ = client.time()
    assert all(before <= switch.at <= after for switch in switches)


def test_activating_what_serves_already_changes_no_history(client: Redis) -> None:
    write(client, "a", "b")
    for release in "abb":
        active_release.activate(client, release)
    assert active_release.rollback(client) == ("b", "a")


def test_a_redis_that_fails_is_told_in_words(url: str) -> None:
    settings = Settings(redis_url=url)
    with pytest.raises(DependencyError, match="wrong kind"), redis_for(settings) as found:  # noqa: PT012
        failing = redis_client(found)
        failing.set("text", "x")
        failing.lrange("text", 0, -1)


def test_a_forgotten_release_leaves_no_key_and_no_way_back(client: Redis) -> None:
    write(client, "a", "b")
    active_release.activate(client, "a")
    active_release.activate(client, "b")
    active_release.purge(client, ["a"])
    assert not client.keys(f"{keys.release_prefix('a')}*")
    assert active_release.activations(client) == ["b"]
    assert client.exists(keys.user("b", 1))


def test_a_release_whose_rows_are_gone_is_not_entered(client: Redis) -> None:
    write(client, "a", "b")
    active_release.activate(client, "a")
    active_release.activate(client, "b")
    client.delete(keys.manifest("a"))
    with pytest.raises(ReleaseError, match="no longer in Redis"):
        active_release.rollback(client)
    assert active_release.current(client) == "b"
