"""What an engine says of its upstreams: in /metrics, in /ready, in its log."""

import asyncio
import contextlib
import logging
import time

import pytest
from fakes import ask, greeted_client, hear, say
from pages import http, scraped
from running import serving
from upstreams import raw, reply, served, unused_port
from vllm_contract import Contract

from diffgem_engine.backends.openai.server import Patience, Server
from diffgem_engine.backends.vllm.backend import VllmBackend
from diffgem_engine.protocol import Hole, Infill

HASTY = Patience(connect_s=1.0, silent_s=0.5, whole_s=2.0)


@contextlib.asynccontextmanager
async def engine_on(*urls):
    """As `serve` starts it: what is known of the upstreams is found out before."""
    first = VllmBackend([Server(url, patience=HASTY) for url in urls])
    await first.survey()
    await first.close()
    backend = VllmBackend([Server(url, patience=HASTY) for url in urls])
    backend.recall(first)
    async with asyncio.timeout(30), serving(backend=backend) as engine:
        yield engine


async def asked(engine, *requests):
    async with greeted_client(engine.path) as client:
        for request in requests:
            await say(client, request)
            await hear(client)
    return await scraped(engine.path)


async def test_tokens_and_steps_of_a_pinned_canvas():
    """Nobody reported them: tokens per forward pass were those of the local engine alone."""
    async with served(Contract(answer="xy").app) as url, engine_on(url) as engine:
        found = await asked(engine, Infill(1, "a = ", "\n", (Hole(4),)))
    assert found["diffgem_denoising_steps_total", "diffusion"] == 16
    assert found["diffgem_written_tokens_total", "diffusion"] == 2
    assert found["diffgem_upstream_up", url] == 1
    assert found["diffgem_requests_total", "diffusion", "infill", "ok"] == 1


async def test_a_fallback_to_chat_is_counted_and_an_instruction_is_none():
    async with served(Contract(pins="none").app) as url, engine_on(url) as engine:
        found = await asked(engine, ask(1), ask(2, instruction="be brief"))
    assert found["diffgem_fallbacks_total", "no pinned canvases", "pinned"] == 1
    assert found["diffgem_denoising_steps_total", "diffusion"] == 0  # chat does not say


@pytest.mark.parametrize(
    ("said", "why", "times"),
    [
        (b"garbage\r\n\r\n", "unreachable", 3),
        (reply(b"{}", status="503 Busy"), "busy", 3),
        (reply(b"data: no\n\n", kind="text/event-stream"), "garbled", 1),
        (reply(b"{}", status="400 Bad"), "refused", 1),
    ],
)
async def test_what_upstreams_do_wrong_is_counted_by_kind(said, why, times):
    """A label with a server's own words in it is a series for every fault."""
    async with raw(said) as (url, _), engine_on(url) as engine:
        found = await asked(engine, ask(1))
    assert found["diffgem_upstream_errors_total", *sorted((url, why))] == times
    assert found.get(("diffgem_upstream_retries_total", url), 0) == times - 1
    assert found["diffgem_upstream_up", url] == (why in ("busy", "refused"))


async def test_ready_once_an_upstream_answers():
    """A balancer was told to send editors to an engine that could fill nothing."""
    port = unused_port()
    url = f"http://127.0.0.1:{port}"
    async with engine_on(url) as engine, http(engine.path) as browser:
        page = await browser.get("/ready")
        assert page.status_code == 503
        assert f"the upstream {url} cannot be reached" in page.json()["reason"]
        assert "operator" in page.json()["reason"]
        assert (await scraped(engine.path))["diffgem_upstream_up", url] == 0
        async with served(Contract().app, port):
            while (await browser.get("/ready")).status_code == 503:
                pass  # nobody but the balancer asks
            assert (await scraped(engine.path))["diffgem_upstream_up", url] == 1


async def test_ready_while_one_of_two_answers():
    dead = f"http://127.0.0.1:{unused_port()}"
    async with served(Contract().app) as url, engine_on(dead, url) as engine:
        async with http(engine.path) as browser:
            assert (await browser.get("/ready")).status_code == 200
        found = await scraped(engine.path)
    assert (found["diffgem_upstream_up", dead], found["diffgem_upstream_up", url]) == (0, 1)


async def test_balancers_do_not_make_an_engine_flood_its_upstream():
    """Whoever asks for /ready, without a token, had it ask the upstream each time."""
    looks = []

    async def app(_scope, _receive, send):
        looks.append(time.monotonic())
        await send({"type": "http.response.start", "status": 401})
        await send({"type": "http.response.body"})

    async with served(app) as url, engine_on(url) as engine, http(engine.path) as browser:
        looks.clear()
        for _ in range(40):
            page = await browser.get("/ready")
        assert "refused the request (401" in page.json()["reason"]
        assert 1 <= len(looks) <= 1 + (looks[-1] - looks[0])


@pytest.mark.parametrize("pins", ["any", "none"])
async def test_a_request_s_name_goes_to_the_upstream(pins):
    """The id of a slow key was in no log of the server that was slow."""
    seen, contract = [], Contract(pins=pins)

    async def app(scope, receive, send):
        seen.append((scope["path"], dict(scope["headers"]).get(b"x-request-id")))
        await contract.app(scope, receive, send)

    async with served(app) as url, engine_on(url) as engine:
        seen.clear()
        await asked(engine, ask(1, trace="editor-7"))
        assert seen
        assert {name for _, name in seen} == {b"editor-7"}
        seen.clear()
        await asked(engine, ask(2))
        assert {name for _, name in seen} == {None}


async def test_an_upstream_s_fault_is_logged_with_the_request_that_met_it(caplog):
    async with raw(reply(b"{}", status="500 No")) as (url, _), engine_on(url) as engine:
        with caplog.at_level(logging.WARNING, "diffgem_engine"):
            await asked(engine, ask(1, trace="editor-9"))
    [record] = [each for each in caplog.records if "answers HTTP 500" in each.message]
    assert record.trace == "editor-9"
