import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from sparrow.errors import ConfigurationError, DependencyError
from sparrow.redis.connection import (
    async_redis_client,
    check_redis,
    redis_client,
    redis_for,
    require_version,
)
from sparrow.redis.embedded import embedded_redis, is_ready, prestart_embedded_redis, socket_path
from sparrow.settings import Settings

pytestmark = pytest.mark.redis
PATIENCE = 30.0

USER = """
import pathlib, sys, time
from sparrow.redis.embedded import embedded_redis
with embedded_redis(pathlib.Path(sys.argv[1])) as url:
    print(url, flush=True)
    time.sleep(300)
"""


@pytest.fixture
def folder(tmp_path) -> Iterator[Path]:
    """A data folder whose server is seen to end with the test."""
    yield tmp_path / "redis"
    wait_until(lambda: not is_ready(tmp_path / "redis"))


@contextmanager
def user(folder: Path) -> Iterator[subprocess.Popen]:
    """Another process that uses the server, killed without a chance to clean up."""
    command = [sys.executable, "-c", USER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("unix://")
            yield process
        finally:
            process.kill()


def wait_until(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def server_of(url: str) -> psutil.Process:
    with redis_client(url) as client:
        return psutil.Process(client.info("server")["process_id"])


def supervisor_of(url: str) -> psutil.Process:
    parent = server_of(url).parent()
    assert parent is not None
    return parent


def test_the_server_may_start_while_others_work(folder):
    with prestart_embedded_redis(folder):
        wait_until(lambda: is_ready(folder))
        with embedded_redis(folder) as url:
            server = server_of(url)
            with prestart_embedded_redis(folder):
                pass
            assert server_of(url) == server
        assert is_ready(folder)


def test_data_survive_the_server(folder):
    with embedded_redis(folder) as url, redis_client(url) as client:
        client.set("movie", b"\xff\x00")
    wait_until(lambda: not is_ready(folder))
    with embedded_redis(folder) as url, redis_client(url) as client:
        assert client.get("movie") == b"\xff\x00"


def test_it_has_no_port_and_writes_to_disk_before_it_answers(folder):
    with embedded_redis(folder) as url, redis_client(url) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("appendfsync") == {"appendfsync": "always"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert socket_path(folder).stat().st_mode & 0o077 == 0


def test_it_ends_soon_after_its_only_user_was_killed(folder):
    with user(folder):
        assert is_ready(folder)
    wait_until(lambda: not is_ready(folder))


def test_it_lives_as_long_as_any_user(folder):
    with embedded_redis(folder) as url:
        server = server_of(url)
        with user(folder):
            assert server_of(url) == server
        time.sleep(0.5)  # more than a supervisor's tick
        assert server_of(url) == server
    gone, _ = psutil.wait_procs([server], timeout=PATIENCE)
    assert gone == [server]


def test_users_that_come_at_the_same_time_share_one_server(folder):
    with user(folder), user(folder), embedded_redis(folder) as url:
        workers = [p for p in psutil.process_iter(["name", "cwd"]) if p.info["cwd"] == str(folder)]
        assert [worker.pid for worker in workers] == [server_of(url).pid]


def test_a_killed_server_comes_back_with_its_data(folder):
    with embedded_redis(folder) as url, redis_client(url, retries=20) as client:
        client.set("event", "1")
        killed = server_of(url)
        killed.kill()
        assert client.get("event") == b"1"
        assert server_of(url) != killed


def test_a_killed_supervisor_is_replaced_and_takes_the_server_over(folder):
    with embedded_redis(folder) as url:
        server, supervisor = server_of(url), supervisor_of(url)
        supervisor.kill()
        wait_until(lambda: (folder / "supervisor.lock").exists())
        wait_until(lambda: len(supervisors(folder)) == 1)
        assert server_of(url) == server
        server.kill()
        with redis_client(url, retries=20) as client:
            assert client.ping()
    wait_until(lambda: supervisors(folder) == [])


def supervisors(folder: Path) -> list[int]:
    processes = psutil.process_iter(["cmdline"])
    return [
        process.pid
        for process in processes
        if (process.info["cmdline"] or [])[1:] == ["-m", "sparrow.redis.supervisor", str(folder)]
        and process.ppid() != os.getpid()
    ]


def test_a_long_path_gets_its_socket_elsewhere(tmp_path):
    folder = tmp_path / ("long" * 30)
    with embedded_redis(folder) as url, redis_client(url) as client:
        assert client.ping()
        assert folder not in socket_path(folder).parents
    wait_until(lambda: not is_ready(folder))
    socket_path(folder).parent.rmdir()


def test_a_server_that_cannot_start_says_why(folder):
    (folder / "appendonlydir").mkdir(parents=True)
    manifest = folder / "appendonlydir" / "appendonly.aof.manifest"
    manifest.write_text("file absent.aof seq 1 type b\n")
    with pytest.raises(DependencyError, match=r"does not come up: .*server\.log"):
        embedded_redis(folder).__enter__()


def test_the_named_redis_is_used_and_the_embedded_one_not_started(folder, tmp_path):
    with embedded_redis(folder) as url:
        settings = Settings(data_dir=tmp_path / "unused", redis_url=url)
        with redis_for(settings) as used:
            assert used == url
        assert not settings.redis_dir.exists()


def test_the_asyncio_client_speaks_bytes(folder):
    async def echo(url: str) -> bytes:
        client = async_redis_client(url)
        try:
            return await client.echo(b"\xff")
        finally:
            await client.aclose()

    with embedded_redis(folder) as url:
        assert asyncio.run(echo(url)) == b"\xff"


@pytest.mark.parametrize("version", ["5.0.14", "6.0.16", "6.1.99", "", "unstable"])
def test_an_old_redis_is_refused(version):
    with pytest.raises(ConfigurationError, match=rf"of version {version}, need 6.2 or newer"):
        require_version({"redis_version": version}, "redis://host")


@pytest.mark.parametrize("version", ["6.2.0", "7.2.4", "8.0", "10.0.1"])
def test_a_new_redis_is_accepted(version):
    require_version({"redis_version": version}, "redis://host")


def old_redis(listener: socket.socket) -> None:
    """Answer one connection as Redis 5 does, which knows no HELLO."""
    info = b"# Server\r\nredis_version:5.0.7\r\n"
    answers = {b"INFO": b"$%d\r\n%s\r\n" % (len(info), info), b"AUTH": b"+OK\r\n"}
    connection, _ = listener.accept()
    with connection:
        while request := connection.recv(4096):
            for command in request.split(b"*")[1:]:
                name = command.split(b"\r\n")[2]
                connection.sendall(answers.get(name, b"-ERR unknown command `%s`\r\n" % name))


def test_an_old_redis_is_recognised_though_it_speaks_an_older_protocol():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=old_redis, args=[listener], daemon=True).start()
        url = f"redis://:secret@127.0.0.1:{listener.getsockname()[1]}/0"
        with pytest.raises(ConfigurationError, match=r"of version 5\.0\.7") as refused:
            check_redis(url)
    assert "secret" not in str(refused.value)


def test_a_redis_that_is_away_is_named_without_its_password():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(DependencyError, match=rf"127\.0\.0\.1:{port}/3 does not answer") as away:
        check_redis(f"redis://me:secret@127.0.0.1:{port}/3")
    assert "secret" not in str(away.value)


def test_a_malformed_address_is_a_configuration_error():
    with pytest.raises(ConfigurationError, match="SPARROW_REDIS_URL"):
        check_redis("localhost:6379")


def test_signals_of_the_terminal_do_not_reach_the_server(folder):
    before = signal.getsignal(signal.SIGINT)
    with embedded_redis(folder) as url:
        assert os.getsid(server_of(url).pid) != os.getsid(0)
        assert signal.getsignal(signal.SIGINT) is before
