"""A port in use is reported with what to do about it."""

import re
import socket

import pytest

from registry.runtime import ports
from registry.runtime.errors import LaunchError, PortInUse


def test_port_in_use_is_reported_with_a_free_one_to_take():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse) as raised:
            ports.require_free("127.0.0.1", port)
    assert raised.value.what == f"Port {port} is in use by another program."
    other = re.search(r"PORT=(\d+) \./run", raised.value.cure)
    assert other
    ports.require_free("127.0.0.1", int(other[1]))


def test_port_just_left_by_a_server_counts_as_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
    ports.require_free("127.0.0.1", port)


@pytest.mark.parametrize("text", ["http", "0", "70000", "-1"])
def test_port_that_is_no_number_is_named(monkeypatch, text):
    monkeypatch.setenv("PORT", text)
    with pytest.raises(LaunchError, match=f"PORT is no port number: '{text}'"):
        ports.wanted_port()


def test_port_defaults_to_8000(monkeypatch):
    monkeypatch.delenv("PORT", raising=False)
    assert ports.wanted_port() == 8000
