"""Requests to the engine's server on a real unix socket, and how each ends."""

import asyncio

import pytest
from fakes import ask, greeted_client, hear, say
from running import assert_works

from diffgem_engine.protocol import (
    Cancel,
    Failure,
    Hole,
    Progress,
    Result,
    Sampling,
)

FAILED_HERE = "the engine failed at this request (RuntimeError): see its log"


async def test_a_request_is_answered(engine):
    """The plain path: Hello, Welcome, Infill, Result."""
    async with greeted_client(engine.path) as client:
        await assert_works(client)


async def test_progress_comes_before_its_result(engine):
    """A progress that overtakes its result draws over the finished text."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "x", progress=True))
        replies = [await hear(client) for _ in range(3)]
        assert [type(reply) for reply in replies] == [Progress, Progress, Result]


async def test_late_progress_is_not_sent_for_the_next_request_of_that_id(engine):
    """A step of a request that was cancelled was drawn over the one that came after it."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "hang", progress=True))
        assert isinstance(await hear(client), Progress)
        await say(client, Cancel(1))
        assert isinstance(await hear(client), Failure)
        await say(client, ask(1, "wait", progress=True))
        assert isinstance(await hear(client), Progress)
        first, _ = engine.backend.sinks
        first(Progress(1, 77, ("late",), "n"))
        engine.backend.release.set()
        replies = [await hear(client) for _ in range(2)]
        assert [type(reply) for reply in replies] == [Progress, Result]
        assert replies[0].step == 2


async def test_values_out_of_range_are_refused_by_id(engine):
    """A hole of more slots than the engine welcomes reached the model."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, slots=513), ask(2, sampling=Sampling(steps=0)))
        replies = [await hear(client) for _ in range(2)]
        assert [(r.id, r.code) for r in replies if isinstance(r, Failure)] == [
            (1, "bad-request"),
            (2, "bad-request"),
        ]
        await assert_works(client)
    assert engine.backend.started.get_nowait() == 99


async def test_a_refusal_of_the_backend_is_passed_on(engine):
    """Every refusal used to be an internal error."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "refuse"))
        assert await hear(client) == Failure(1, "bad-request", "the prompt is too long")


async def test_an_internal_error_is_short_for_the_client_and_whole_in_the_log(engine, caplog):
    """A traceback went to the client, or the server ended with it."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "boom"))
        assert await hear(client) == Failure(1, "internal", FAILED_HERE)
        await assert_works(client)
    assert "a secret" in caplog.text


async def test_a_reply_that_cannot_be_sent_is_a_failure(engine):
    """An encoding error ended the writer, and every later reply was lost."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "surrogate"))
        failure = await hear(client)
        assert isinstance(failure, Failure)
        assert (failure.id, failure.code) == (1, "internal")
        await assert_works(client)


async def test_requests_run_at_once(engine):
    """One slow request held up the others of its client."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "hang"))
        await assert_works(client)


async def test_a_live_id_cannot_be_used_again(engine):
    """The second request replaced the first one, which nobody could cancel any more."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "hang"), ask(1, "x"))
        assert await hear(client) == Failure(
            1, "bad-request", "id 1 is already in flight: give each request another"
        )
        await say(client, Cancel(1))
        assert await hear(client) == Failure(1, "cancelled", "cancelled by the client")
        await assert_works(client, 1)


async def test_cancel_is_answered_once(engine):
    """Two Cancels, or one for an unknown id, must not make two replies."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "hang"), Cancel(1), Cancel(1), Cancel(55))
        assert await hear(client) == Failure(1, "cancelled", "cancelled by the client")
        await assert_works(client)


async def test_a_client_has_a_limit_of_requests_in_flight(engine):
    """One client could fill the engine's memory."""
    async with greeted_client(engine.path) as client:
        await say(client, *(ask(number, "hang") for number in range(65)))
        failure = await hear(client)
        assert isinstance(failure, Failure)
        assert (failure.id, failure.code) == (64, "bad-request")


async def test_a_client_that_leaves_cancels_its_work_only(engine):
    """Work for editors that were closed went on to the last step."""
    async with greeted_client(engine.path) as stays:
        async with greeted_client(engine.path) as leaves:
            await say(stays, ask(1, "hang"))
            await say(leaves, ask(2, "hang"))
            assert {await engine.backend.started.get() for _ in range(2)} == {1, 2}
        async with asyncio.timeout(10):
            assert await engine.backend.cancelled.get() == 2
        assert engine.backend.cancelled.empty()
        await assert_works(stays)


async def test_a_client_that_is_killed_cancels_its_work(engine):
    """A killed editor sends no close frame."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(2, "hang"))
        await engine.backend.started.get()
        client.transport.abort()
        async with asyncio.timeout(10):
            assert await engine.backend.cancelled.get() == 2


async def test_several_holes_and_pins_reach_the_backend(engine):
    """The canvas is part of the format from the start, whatever today's backend does with it."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, slots=256))
        assert isinstance(await hear(client), Result)
        request = ask(2)
        await say(client, type(request)(2, "x", "", (Hole(128), Hole(128))))
        assert isinstance(await hear(client), Result)


@pytest.mark.parametrize("path", ["autoregresive", "review"])
async def test_an_unknown_path_is_refused_by_id(engine, path):
    """A typing error was taken for the default; and a hole for code to review."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "path", path=path), ask(2, "path"))
        message = "path must be diffusion, autoregressive or auto"
        assert await hear(client) == Failure(1, "bad-request", message)
        assert (await hear(client)).candidates[0].texts == ("diffusion",)
