"""Conversations with the engine's server on a real unix socket."""

import asyncio
import contextlib

import msgpack
import pytest
from fakes import ask, greeted_client, hear, raw_client, say
from running import assert_works, closed
from websockets.asyncio.client import unix_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from diffgem_engine import session, wire
from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Cancel,
    Count,
    Counts,
    Failure,
    Hello,
    Hole,
    Progress,
    Result,
    Review,
    Reviewed,
    Sampling,
    Welcome,
)


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


async def test_the_first_frame_must_be_hello(engine):
    """Without the handshake two versions could misread each other."""
    async with raw_client(engine.path) as client:
        await say(client, ask(1))
        assert await hear(client) == Failure(
            None, "bad-message", "expected Hello first, got Infill"
        )
        assert await closed(client) == (1002, "bad-message")
    assert engine.backend.started.empty()


async def test_a_client_that_says_nothing_is_closed(engine, monkeypatch):
    """A port scanner's connection kept an idle engine alive."""
    monkeypatch.setattr(session, "HELLO_S", 0.01)
    async with raw_client(engine.path) as client:
        assert await hear(client) == Failure(None, "bad-message", "no Hello within 0.01 s")
        assert await closed(client) == (1002, "bad-message")


async def test_another_protocol_version_is_told_what_to_upgrade(engine):
    """A client of another version got silence, or a parse error."""
    async with raw_client(engine.path) as client:
        await say(client, Hello(PROTOCOL_VERSION + 1, "test"))
        failure = await hear(client)
        assert isinstance(failure, Failure)
        assert failure.code == "bad-version"
        assert "upgrade the engine" in failure.message
        assert await closed(client) == (1002, "bad-version")


async def test_a_second_hello_is_refused_and_the_conversation_goes_on(engine):
    """Another Welcome in the middle would look like a reply."""
    async with greeted_client(engine.path) as client:
        await say(client, Hello(PROTOCOL_VERSION, "again"))
        assert await hear(client) == Failure(None, "bad-message", "Hello was already said")
        await assert_works(client)


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (b"\xc1\xc1", "not msgpack"),
        (msgpack.packb([1]), "expected map, got array"),
        (msgpack.packb({"type": "Explode", "id": 5}), "unknown type 'Explode'"),
        (msgpack.packb({"type": "Cancel", "id": "5"}), "expected int, got str @ $.id"),
    ],
)
async def test_a_bad_frame_gets_one_failure_and_all_go_on(engine, frame, complaint):
    """Malformed msgpack ended the handler, or worse, the server."""
    async with greeted_client(engine.path) as bad, greeted_client(engine.path) as good:
        await bad.send(frame)
        failure = await hear(bad)
        assert isinstance(failure, Failure)
        assert failure.code == "bad-message"
        assert complaint in failure.message
        await assert_works(bad)
        await assert_works(good)


async def test_a_text_frame_gets_a_failure_and_is_closed(engine):
    """Starlette's receive_bytes raises KeyError on a text frame."""
    async with greeted_client(engine.path) as bad, greeted_client(engine.path) as good:
        await bad.send("hello")
        failure = await hear(bad)
        assert isinstance(failure, Failure)
        assert "text frame" in failure.message
        assert await closed(bad) == (1003, "bad-message")
        await assert_works(good)


async def test_an_oversized_frame_gets_a_failure_and_is_closed(engine):
    """The close code alone did not say what the limit is."""
    async with greeted_client(engine.path) as bad, greeted_client(engine.path) as good:
        await say(bad, ask(1, "x" * (wire.MAX_FRAME + 1)))
        failure = await hear(bad)
        assert isinstance(failure, Failure)
        assert failure.code == "too-large"
        assert str(wire.MAX_FRAME) in failure.message
        assert await closed(bad) == (1009, "too-large")
        await assert_works(good)


async def test_a_huge_frame_is_cut_off(engine):
    """A frame of any size was read into memory before it was measured."""
    async with greeted_client(engine.path) as bad, greeted_client(engine.path) as good:
        with contextlib.suppress(ConnectionClosed):
            await bad.send(b"x" * (3 * wire.MAX_FRAME))
        with pytest.raises(ConnectionClosed):
            await bad.recv()
        await assert_works(good)


async def test_a_frame_at_the_limit_passes(engine):
    """The limit has to hold for prefix and suffix of a really large file."""
    async with greeted_client(engine.path) as client:
        room = wire.MAX_FRAME - len(wire.encode(ask(1, "")))
        await say(client, ask(1, "x" * (room - 8)))
        assert isinstance(await hear(client), Result)


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
        assert await hear(client) == Failure(1, "internal", "RuntimeError: see the engine's log")
        await assert_works(client)
    assert "a secret" in caplog.text


async def test_a_client_cannot_write_into_the_log(engine, caplog):
    """Lines of its own, escapes, or megabytes of them."""
    caplog.set_level("INFO")
    async with raw_client(engine.path) as client:
        await say(client, Hello(PROTOCOL_VERSION, "x\n\x1b[31m" + "y" * 100_000))
        assert isinstance(await hear(client), Welcome)
    [line] = [record.getMessage() for record in caplog.records if "connected" in record.msg]
    assert len(line) < 200
    assert line.isprintable()


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
        assert await hear(client) == Failure(1, "bad-request", "id 1 is already in flight")
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


async def test_texts_are_counted(engine):
    """Counts that go to another request, or that wait for one."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "hang"), Count(2, ("abc", "", "é")), Count(3, ()))
        assert [await hear(client) for _ in range(2)] == [Counts(2, (3, 0, 1)), Counts(3, ())]


async def test_megabytes_are_not_counted(engine):
    """Guards the others: nobody can cancel a tokenizer, and it holds the interpreter."""
    async with greeted_client(engine.path) as client:
        await say(client, Count(1, ("a" * 100_000, "b" * 100_000)), Count(2, ("a" * 100_000,)))
        refused = await hear(client)
        assert (refused.id, refused.code) == (1, "bad-request")
        assert "characters of all texts must be 0..131072, not 200000" in refused.message
        assert isinstance(await hear(client), Counts)


async def test_a_count_is_a_request_like_any_other(engine):
    """Its id could be taken twice, it could not be cancelled, and its failure ended the session."""
    async with greeted_client(engine.path) as client:
        await say(client, Count(1, ("hang",)), Count(1, ("x",)), ask(1))
        for _ in range(2):
            assert await hear(client) == Failure(1, "bad-request", "id 1 is already in flight")
        await say(client, Cancel(1))
        assert await hear(client) == Failure(1, "cancelled", "cancelled by the client")
        await say(client, Count(1, ("boom",)))
        assert await hear(client) == Failure(1, "internal", "RuntimeError: see the engine's log")
        await assert_works(client, 1)


async def test_code_is_reviewed(engine):
    """A review that goes to another request, or that waits for one."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "hang"), Review(2, "", "ab", ""))
        reply = await hear(client)
        assert isinstance(reply, Reviewed)
        assert reply.id == 2
        assert [(token.text, token.better) for token in reply.tokens] == [("a", "A"), ("b", "B")]


async def test_a_review_is_a_request_like_any_other(engine):
    """Its id could be taken twice, it could not be cancelled, and its failure ended the session."""
    async with greeted_client(engine.path) as client:
        await say(client, Review(1, "", "hang", ""), Review(1, "", "x", ""), Count(1, ()))
        for _ in range(2):
            assert await hear(client) == Failure(1, "bad-request", "id 1 is already in flight")
        await say(client, Cancel(1))
        assert await hear(client) == Failure(1, "cancelled", "cancelled by the client")
        for code, failure in (
            ("boom", Failure(1, "internal", "RuntimeError: see the engine's log")),
            ("refuse", Failure(1, "bad-request", "the prompt is too long")),
            ("", Failure(1, "bad-request", "there is no code to review")),
        ):
            await say(client, Review(1, "", code, ""))
            assert await hear(client) == failure
        await assert_works(client, 1)


@pytest.mark.parametrize("path", ["autoregresive", "review"])
async def test_an_unknown_path_is_refused_by_id(engine, path):
    """A typing error was taken for the default; and a hole for code to review."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "path", path=path), ask(2, "path"))
        message = "path must be diffusion, autoregressive or auto"
        assert await hear(client) == Failure(1, "bad-request", message)
        assert (await hear(client)).candidates[0].texts == ("diffusion",)


async def test_a_web_page_cannot_open_the_websocket(engine):
    """Any page in the user's browser may connect to a loopback port."""
    with pytest.raises(InvalidStatus) as caught:
        async with unix_connect(
            str(engine.path), "ws://localhost/v1/ws", origin="https://evil.example"
        ):
            pass
    assert caught.value.response.status_code == 403
