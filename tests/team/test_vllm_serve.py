"""`diffgem-engine serve --backend vllm`: real processes, and what becomes of one that is killed."""

import asyncio
import contextlib
import signal
import subprocess

import pytest
from fakes import ask, greeted_client, hear, say, short_folder
from upstreams import unused_port
from vllm_processes import ENGINE, process, upstream

from diffgem_engine.protocol import Failure, Result


async def asked(client, number):
    await say(client, ask(number, "def f():\n    "))
    reply = await hear(client)
    assert reply.id == number
    return reply


async def test_killed_upstream_is_told_and_found_again():
    """kill -9 amid the work: an answer or a refusal for every request, and nothing to restart."""
    port = unused_port()
    with short_folder() as folder:
        path = folder / "e"
        url = f"http://127.0.0.1:{port}"
        async with contextlib.AsyncExitStack() as stack:
            first, _ = await stack.enter_async_context(upstream(port))
            await stack.enter_async_context(process(*ENGINE, "--url", url, "--socket", str(path)))
            client = await stack.enter_async_context(greeted_client(path))
            assert (await asked(client, 1)).candidates[0].texts == ("pass",)
            first.send_signal(signal.SIGKILL)
            await first.wait()
            refusal = await asked(client, 2)
            assert isinstance(refusal, Failure)
            assert refusal.code == "unavailable"
            assert url in refusal.message
            await stack.enter_async_context(upstream(port, answer="back"))
            number, reply = 3, refusal
            while isinstance(reply, Failure):
                await asyncio.sleep(reply.retry_after_s or 0.1)
                reply = await asked(client, number)
                number += 1
            assert isinstance(reply, Result)
            assert reply.candidates[0].texts == ("back",)


async def test_engine_starts_before_its_upstream():
    """Machines boot in any order."""
    port = unused_port()
    with short_folder() as folder:
        path = folder / "e"
        url = f"http://127.0.0.1:{port}"
        command = (*ENGINE, "--url", url, "--socket", str(path))
        async with process(*command) as (_, line), greeted_client(path) as client:
            assert "listens" in line
            async with upstream(port):
                assert isinstance(await asked(client, 1), Result)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--backend vllm needs --url"),
        (("--url", "http://h", "--model", "x"), "--model goes with --backend local"),
        (("--url", "http://h", "--route", "auto"), "--route goes with --backend local"),
        (("--backend", "local", "--url", "http://h"), "--url goes with --backend vllm"),
        (("--url", "http://h", "--idle-exit", "nan"), "give at least 0"),
        (("--url", "http://h", "--idle-exit", "-1"), "give at least 0"),
        (("--url", "nowhere"), "give http://HOST:PORT"),
        (("--url", "http://h", "--upstream-key-file", "/nowhere"), "cannot be read"),
        (("--url", "https://h", "--upstream-ca", "/nowhere"), "PEM"),
        (("--url", "http://h", "--upstream-ca", "/nowhere"), "is for servers of https://"),
        (("--url", "http://h", "--tokenizer", "/nowhere"), "tokenizer.json"),
    ],
)
def test_what_cannot_be_is_refused_at_the_start(arguments, words):
    with short_folder() as folder:
        command = (*ENGINE, "--socket", str(folder / "e"), *arguments)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
