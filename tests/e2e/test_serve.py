"""`sparrow serve`: says where it is when it is there, and ends in order."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import httpx
import pytest
from serve_process import serving

pytestmark = pytest.mark.redis

QUICK = ("--port", "0", "--scorer", "embedding")  # no TensorFlow to load


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_printed_address_opens_and_a_signal_ends_in_order(
    data: Path, number: signal.Signals
) -> None:
    with serving(data, *QUICK) as server:
        answer = httpx.get(server.url(), headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert "Films worth your evening" in answer.text
        assert server.stop(number) == 0


def test_several_workers_serve_one_port(data: Path) -> None:
    with serving(data, *QUICK, "--workers", "2") as server:
        url = server.url()
        assert {httpx.get(f"{url}/movie/{n}").status_code for n in range(1, 21)} == {200}
        assert server.stop() == 0


def test_a_port_in_use_is_named(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with serving(data, "--port", port) as server:
            assert server.process.wait(60) == 2
            server.stop()
            assert server.log == [
                f"Error: Port {port} is in use on 127.0.0.1: stop that program or set "
                "SPARROW_PORT to another port.\n"
            ]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_without_a_release_it_says_what_to_run(tmp_path: Path, workers: str) -> None:
    with serving(tmp_path, *QUICK, "--workers", workers) as server:
        assert server.process.wait(60) == 5
        server.stop()
        assert "sparrow publish" in "".join(server.log)
