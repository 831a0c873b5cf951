"""The demonstration shows sign-in codes, so it is not served beyond this machine."""

import socket

import pytest

from registry.runtime import commands
from registry.runtime.errors import LaunchError, PortInUse

REFUSED = "DEMO shows everybody's sign-in codes"


@pytest.fixture
def start(monkeypatch):
    """`./run serve` with these values; it goes no further than to the port, which is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for name, value in (("DJANGO_SETTINGS_MODULE", commands.LOCAL), ("DEMO", ""), ("HOST", "")):
            monkeypatch.setenv(name, value)

        def serve(**values):
            for name, value in ({"PORT": str(taken.getsockname()[1])} | values).items():
                monkeypatch.setenv(name, value)
            commands.serve([])

        yield serve


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "registry.example"])  # noqa: S104  (refused)
@pytest.mark.parametrize("demo", ["1", "on", "TRUE"])
def test_demo_beyond_this_machine_is_refused(start, host, demo):
    with pytest.raises(LaunchError, match=REFUSED) as refused:
        start(HOST=host, DEMO=demo)
    assert refused.value.cure == "Unset DEMO, or unset HOST to stay on this machine."


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_demo_on_this_machine_is_served(start, host):
    with pytest.raises(PortInUse):
        start(HOST=host, DEMO="1")


@pytest.mark.parametrize("demo", ["", "0", "off"])
def test_site_without_demo_is_served_to_a_network(start, demo):
    with pytest.raises(PortInUse):
        start(HOST="0.0.0.0", DEMO=demo)  # noqa: S104  (the port is taken)
