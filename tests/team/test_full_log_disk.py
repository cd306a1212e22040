"""A disk that is full, really: the log goes without, and everybody else goes on."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import ask, greeted_client, hear, say, short_folder
from pages import http
from test_logs import lines, log, logged

ENGINE = Path(__file__).parents[1] / "soak" / "fuzzed_engine.py"
FULL = "/dev/full"  # every write to it fails, as on a full disk


@pytest.fixture
def small_disk(tmp_path):
    """Of 16 KiB, which root alone can mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "none", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


async def health(path):
    async with http(path) as browser:
        return (await browser.get("/health")).json()


async def test_a_log_on_a_disk_that_is_full(engine, small_disk, capfd):
    file, filler = small_disk / "log", small_disk / "filler"
    with logged(file):
        log.info("there is room")
        with contextlib.suppress(OSError):
            filler.write_bytes(bytes(2**20))
        async with greeted_client(engine.path) as client:
            for number in range(40):  # the file's last page is filled too
                await say(client, ask(number, "fine"))
                assert (await hear(client)).candidates[0].texts == ("FINE",)
            found = await health(engine.path)
        assert found["status"] == "ok"
        assert found["log"] == "cannot be written: No space left on device"
        filler.unlink()
        log.info("there is room again")
        assert (await health(engine.path))["log"] == "ok"
    assert capfd.readouterr().err.count("cannot write the log") == 1
    told = [line["message"] for line in lines(file)]  # each of them whole
    assert (told[0], told[-1]) == ("there is room", "there is room again")


async def test_nobody_can_be_told_either(engine, small_disk, monkeypatch):
    """Standard error may be a file on the same disk: no request fails with what is said there."""
    file = small_disk / "log"
    with logged(file):
        with contextlib.suppress(OSError):
            (small_disk / "filler").write_bytes(bytes(2**20))
        async with full() as nowhere:
            monkeypatch.setattr(sys, "stderr", nowhere)
            async with greeted_client(engine.path) as client:
                for number in range(40):
                    await say(client, ask(number, "fine"))
                    assert (await hear(client)).candidates[0].texts == ("FINE",)
        assert "cannot be written" in (await health(engine.path))["log"]


@contextlib.asynccontextmanager
async def full():
    nowhere = Path(FULL).open("w")  # noqa: ASYNC230, SIM115 - a device, which cannot be closed well
    try:
        yield nowhere
    finally:
        with contextlib.suppress(OSError):
            nowhere.close()


@contextlib.asynccontextmanager
async def mute(folder):
    """An engine process whose standard output and error lead to a full disk, as those of one
    that an editor started may; its socket.
    """
    socket = folder / "e"
    with Path(FULL).open("wb") as nowhere:  # noqa: ASYNC230 - a device
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ENGINE), f"unix:{socket}"), stdout=nowhere, stderr=nowhere
        )
    try:
        await answers(socket, process)
        yield socket, process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def answers(socket, process):
    """Nobody can read that it does."""
    async with asyncio.timeout(60):
        while process.returncode is None:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_unix_connection(str(socket))
                writer.transport.abort()
                return
            await asyncio.wait({asyncio.create_task(process.wait())}, timeout=0.05)
    pytest.fail(f"it ended with {process.returncode}")


async def test_an_engine_that_can_tell_nobody_anything_serves():
    """The line that it listens ended an engine whose output was a file on a full disk."""
    with short_folder() as folder:
        async with mute(folder) as (socket, process):
            async with greeted_client(socket) as client:
                await say(client, ask(1, "fine"))
                assert (await hear(client)).candidates[0].texts == ("fine",)
            found = await health(socket)
            assert (found["status"], found["log"]) == (
                "ok",
                "cannot be written: No space left on device",
            )
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(30):
                await process.wait()
            assert process.returncode >= 0, "killed"
