"""What systemd hears of an engine."""

import asyncio
import os
import socket
import sys

import pytest
from fakes import short_folder
from sandbox import FAKE_ENGINE

from diffgem_engine.process.notifying import READY, STOPPING, notify


@pytest.fixture
def heard():
    """A supervisor's socket, by its path."""
    with short_folder() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(folder / "n"))
        supervisor.settimeout(30)
        yield folder, supervisor


async def test_an_engine_is_ready_once_it_answers_and_stopping_once_it_drains(heard):
    """A unit that was started before it could fill had its clients fail."""
    folder, supervisor = heard
    engine = await asyncio.create_subprocess_exec(
        *FAKE_ENGINE,
        "serve",
        "--socket",
        str(folder / "e"),
        env={**os.environ, "NOTIFY_SOCKET": str(folder / "n")},
        stdout=asyncio.subprocess.PIPE,
    )
    assert await asyncio.to_thread(supervisor.recv, 100) == READY.encode()
    assert b"listens" in await engine.stdout.readline()
    engine.terminate()
    assert await asyncio.to_thread(supervisor.recv, 100) == STOPPING.encode()
    assert await engine.wait() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux'")
def test_an_abstract_address():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind("\0diffgem-test-notify")
        supervisor.settimeout(30)
        notify(READY, {"NOTIFY_SOCKET": "@diffgem-test-notify"})
        assert supervisor.recv(100) == READY.encode()


@pytest.mark.parametrize("address", ["", "relative", "/nobody/is/here"])
def test_nobody_supervises(address):
    """The engine ended where its supervisor could not be told."""
    notify(READY, {"NOTIFY_SOCKET": address})
