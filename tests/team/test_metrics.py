"""What /metrics says of requests, as it happens."""

import asyncio
import re
from pathlib import Path

import pytest
from asking import opened
from fakes import FakeBackend, ask, greeted_client, hear, raw_client, say
from pages import families, http, scraped
from running import serving
from starlette.requests import Request

from diffgem_engine.access.users import User
from diffgem_engine.metrics.metrics import Metrics
from diffgem_engine.metrics.page import metrics_page
from diffgem_engine.protocol import Cancel, Count, Hole, Infill, Review

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"


async def test_requests_are_counted_by_kind_and_outcome(engine):
    """Guards a refusal, a failure or a cancelled request that nobody counts, or counts twice."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1), ask(2, "refuse"), ask(3, "boom"), ask(4, "hang"))
        await say(client, Count(5, ("ab",)), Review(6, "", "x", ""), Cancel(4))
        for _ in range(6):
            await hear(client)
        found = await scraped(engine.path)
    done = {key[1:]: value for key, value in found.items() if key[0] == "diffgem_requests_total"}
    assert {key: value for key, value in done.items() if value} == {
        tuple(sorted(("infill", "ok", "diffusion"))): 1,
        tuple(sorted(("infill", "bad-request", ""))): 1,
        tuple(sorted(("infill", "internal", ""))): 1,
        tuple(sorted(("infill", "cancelled", ""))): 1,
        tuple(sorted(("count", "ok", ""))): 1,
        tuple(sorted(("review", "ok", ""))): 1,
    }
    assert found["diffgem_requests_in_flight",] == 0
    began = found["diffgem_request_duration_seconds_count", "infill"]
    assert began in (3, 4)  # the cancelled one may not have begun


async def test_a_request_that_never_began_is_counted(engine):
    """An id that is in flight, a draining engine: refused before anybody looks at it."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "hang"), ask(1, "again"))
        assert (await hear(client)).code == "bad-request"
        found = await scraped(engine.path)
    assert found["diffgem_requests_total", "", "bad-request", "infill"] == 1
    assert found["diffgem_requests_in_flight",] == 1


async def test_connections_and_users(engine):
    """Guards a gauge that only ever grows."""
    async with greeted_client(engine.path), raw_client(engine.path) as second:
        await second.ping()
        found = await scraped(engine.path)
        assert (found["diffgem_connections",], found["diffgem_users",]) == (2, 1)
    async with http(engine.path) as browser, asyncio.timeout(10):
        while "diffgem_connections 0.0" not in (page := (await browser.get("/metrics")).text):
            pass
    assert "diffgem_users 0.0" in page


async def test_users_are_named_only_where_asked_for():
    """Who asks how much is personal."""
    for by_user in (False, True):
        async with serving(metrics_by_user=by_user) as engine:
            async with greeted_client(engine.path) as client:
                await say(client, ask(1))
                await hear(client)
            found = await scraped(engine.path)
        assert (("diffgem_user_requests_total", "local", "ok") in found) is by_user


async def test_the_prompt_and_the_stages(engine):
    async with greeted_client(engine.path) as client:
        await say(client, ask(1), ask(2))
        await hear(client)
        await hear(client)
        found = await scraped(engine.path)
    assert found["diffgem_prompt_tokens_total",] == 6  # the fake says 3 a request, 1 not cached
    assert found["diffgem_prefilled_tokens_total",] == 2
    assert found["diffgem_stage_duration_seconds_sum", "denoise"] == pytest.approx(0.0006)
    assert found["diffgem_device_memory_used_bytes", "cpu"] > 2**20


@pytest.mark.parametrize(
    ("form", "wishes", "path"),
    [
        (None, {}, "diffusion"),
        (None, {"seeds": 3}, "diffusion"),
        ("pinned", {}, "diffusion"),  # several lengths, of which one is the answer
        (None, {"path": "autoregressive"}, "autoregressive"),
        (None, {"path": "auto"}, None),
    ],
)
async def test_a_real_engine_says_steps_and_tokens(checkpoint_folder, form, wishes, path):
    """Guards tokens per forward: the steps of its path, each of all its rows at once, and the
    tokens of the text that it came to.
    """
    import torch

    from diffgem_engine.checkpoint.loading import load

    async with opened(load(checkpoint_folder, torch.device("cpu"), wanted=form)) as backend:
        metrics = Metrics(backend.welcome)
        backend.report_to(metrics)
        request = Infill(1, "x = ", "\n", (Hole(6),), **wishes)
        result = await backend.infill(request, None)
        count = metrics.registry.get_sample_value
        paths = ("diffusion", "autoregressive")
        steps = {each: count("diffgem_denoising_steps_total", {"path": each}) for each in paths}
        tokens = {each: count("diffgem_written_tokens_total", {"path": each}) for each in paths}
        assert count("diffgem_queue_length", {"queue": "engine"}) == 0
    origin = result.candidates[0].origin
    path = path or {"denoised": "diffusion"}.get(origin, origin)
    assert steps == {**dict.fromkeys(paths, 0), path: result.steps}
    assert result.steps > 0
    assert 0 <= tokens[path] <= 6
    assert (tokens[path] > 0) == bool(result.candidates[0].texts[0])
    assert sum(tokens.values()) == tokens[path]


def test_who_waits_is_seen():
    metrics = Metrics(FakeBackend().welcome)

    def value(name):
        return metrics.registry.get_sample_value(name, {"queue": "interactive"})

    with metrics.waiting("interactive"):
        assert value("diffgem_queue_length") == 1
        assert value("diffgem_queue_wait_seconds_count") == 0
    assert value("diffgem_queue_length") == 0
    assert value("diffgem_queue_wait_seconds_count") == 1


def test_a_token_without_the_right_sees_no_metrics():
    request = Request({"type": "http", "headers": []})
    page = metrics_page(request, User("ann"), Metrics(FakeBackend().welcome))
    assert page.status_code == 403
    assert b"--rights metrics" in page.body


async def test_the_page_explains_every_series():
    """A series that the docs forget, or one that they promise and nobody exports."""
    async with serving(metrics_by_user=True) as engine, http(engine.path) as browser:
        exported = families((await browser.get("/metrics")).text)
    ours = {name for name in exported if name.startswith("diffgem_")}
    listed = set(re.findall(r"^\| `(diffgem_\w+)`", DOCS.read_text(), re.MULTILINE))
    assert listed == ours
