"""The port is taken from the first moment on, not only once the model is loaded."""

import socket

import pytest

from sparrow.errors import ConfigurationError
from webui.server import bound_socket


def test_a_second_server_is_told_while_the_first_one_still_loads() -> None:
    with bound_socket("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with (
            pytest.raises(ConfigurationError, match=f"Port {port} is in use"),
            bound_socket("127.0.0.1", port),
        ):
            pass


def test_who_comes_early_waits_instead_of_being_refused() -> None:
    with (
        bound_socket("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname(), timeout=5),
    ):
        accepted, _ = listener.accept()
        accepted.close()
