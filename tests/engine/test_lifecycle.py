"""How an engine says that it lives, and how it ends."""

import asyncio

import httpx
from fakes import ask, greeted_client, hear, say
from running import assert_works, closed, serving

from diffgem_engine.protocol import PROTOCOL_VERSION, Failure, Result


def http(path):
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    return httpx.AsyncClient(transport=transport, base_url="http://engine")


async def test_health_says_what_runs(engine):
    """doctor and scripts read these names."""
    async with greeted_client(engine.path) as client, http(engine.path) as browser:
        await say(client, ask(1, "hang"))
        await engine.backend.started.get()
        health = (await browser.get("/health")).json()
    assert health["status"] == "ok"
    assert health["active_requests"] == 1
    assert health["protocol"] == PROTOCOL_VERSION
    assert set(health) == {
        *("status", "model", "device", "dtype", "version", "protocol"),
        *("uptime_s", "active_requests", "pid", "log"),
    }


async def test_a_broken_engine_is_not_healthy(engine):
    """A supervisor went on sending requests to an engine that could fill nothing."""
    async with http(engine.path) as browser:
        assert (await browser.get("/health")).status_code == 200
        engine.backend.broken = True
        page = await browser.get("/health")
    assert (page.status_code, page.json()["status"]) == (503, "broken")


async def test_a_broken_engine_answers_and_ends(engine):
    """It stayed, refused everything, and kept editors from starting a new one."""
    async with greeted_client(engine.path) as client:
        engine.backend.broken = True
        await say(client, ask(1, "boom"))
        assert (await hear(client)).code == "internal"
        assert (await closed(client))[0] == 1012
    await engine.ended()


async def test_an_engine_that_breaks_while_nobody_asks_ends(engine):
    """It stayed, red and idle: what it broke with had been given up, as most requests are."""
    async with greeted_client(engine.path) as client:
        engine.backend.broken = True
        engine.backend.break_down()
        assert (await closed(client))[0] == 1012
    await engine.ended()


async def test_stop_drains(engine):
    """uvicorn's own way closes websockets at once and loses the replies in flight."""
    async with (
        greeted_client(engine.path) as client,
        greeted_client(engine.path) as other,
        http(engine.path) as browser,
    ):
        await browser.get("/health")
        await say(client, ask(1, "wait"))
        await engine.backend.started.get()
        engine.server.stop()
        await say(other, ask(2))
        assert await hear(other) == Failure(2, "draining", "the engine is shutting down")
        assert (await browser.get("/health")).json()["status"] == "draining"
        assert not engine.path.exists()
        engine.backend.release.set()
        assert isinstance(await hear(client), Result)
        assert (await closed(client))[0] == 1012
    await engine.ended()
    assert engine.backend.closed


async def test_draining_is_bounded():
    """A request that never ends kept the engine alive after SIGTERM."""
    async with serving(drain_s=0.01) as engine, greeted_client(engine.path) as client:
        await say(client, ask(1, "hang"))
        await engine.backend.started.get()
        engine.server.stop()
        assert await hear(client) == Failure(1, "draining", "the engine is shutting down")
        await engine.ended()


async def test_a_second_stop_does_not_wait(engine):
    """A second Ctrl-C did nothing."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "hang"))
        await engine.backend.started.get()
        engine.server.stop()
        engine.server.stop()
        assert await hear(client) == Failure(1, "draining", "the engine is shutting down")


async def test_an_idle_engine_ends():
    """Engines of closed editors kept the GPU's memory."""
    async with serving(idle_exit_s=0.05) as engine:
        async with greeted_client(engine.path) as client:
            await asyncio.wait({engine.task}, timeout=0.15)
            await assert_works(client)
        await engine.ended()
    assert not engine.path.exists()


async def test_an_engine_that_no_one_uses_ends():
    """The idle time counted from the first client only."""
    async with serving(idle_exit_s=0.05) as engine:
        await engine.ended()
