"""Commands and an engine that is there: one that loads is waited for, one that hangs is not."""

import asyncio
import contextlib
import os
import signal
import subprocess

import pytest
from sandbox import FAKE_ENGINE, sandbox

from diffgem_engine import load_progress
from diffgem_engine.endpoint import UnixEndpoint, lock_file
from diffgem_lsp.__main__ import main
from diffgem_lsp.commands import answering
from diffgem_lsp.engine.ending import is_held


@contextlib.contextmanager
def stopped_engine():
    """One that listens, and then does nothing."""
    with sandbox() as box:
        command = [*FAKE_ENGINE, "serve", "--socket", str(box.socket)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
            try:
                assert "listens on" in engine.stdout.readline()
                engine.send_signal(signal.SIGSTOP)
                yield engine, str(box.socket)
            finally:
                engine.kill()


@pytest.mark.parametrize(
    ("command", "code"), [("doctor", 1), ("complete FILE:1:1", 3), ("explain FILE:1:1", 3)]
)
def test_no_command_waits_for_an_engine_that_hangs(tmp_path, capsys, monkeypatch, command, code):
    """Five minutes without a word, of an engine that was stopped or stuck."""
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    monkeypatch.setattr(answering, "SILENT_S", 0.2)
    with stopped_engine() as (engine, socket):
        words = command.replace("FILE", str(file)).split()
        assert main([*words, "--socket", socket]) == code
    said = "".join(capsys.readouterr())
    assert f"(pid {engine.pid}) does not answer: run kill -9 {engine.pid}, and the next" in said


def test_doctor_waits_for_an_engine_that_loads(capsys, monkeypatch):
    """A large checkpoint was taken for an engine that hangs."""
    monkeypatch.setattr(answering, "SILENT_S", 0.01)
    with stopped_engine() as (engine, socket):
        looks = []

        def read(place):
            looks.append(place)
            if len(looks) == 3:
                engine.send_signal(signal.SIGCONT)
            return load_progress.Loading(load_progress.READING)

        monkeypatch.setattr(answering.load_progress, "read", read)
        assert main(["doctor", "--socket", socket]) == 0
    assert len(looks) >= 3
    assert "FAIL" not in capsys.readouterr().out


async def test_no_stranger_is_named_as_the_engine_that_hangs(tmp_path, monkeypatch):
    """The number that a killed engine left may be another program's by now: `kill -9` of it."""
    place = UnixEndpoint(tmp_path / "s")
    lock_file(place).write_text(str(os.getpid()))
    looked = asyncio.Event()

    def look(endpoint):
        looked.set()
        return is_held(endpoint)

    class Engine:
        async def ready(self):
            await looked.wait()
            return "welcome"

    monkeypatch.setattr(answering, "SILENT_S", 0.01)
    monkeypatch.setattr(answering.ending, "is_held", look)
    async with asyncio.timeout(30):
        assert await answering.welcome_of(Engine(), place) == "welcome"
