"""The line in front of a running engine: what never reaches the backend, and what ends it."""

import pytest
from fakes import FakeBackend, ask, greeted_client, hear, say
from running import closed, serving

from diffgem_engine.protocol import Cancel, Failure, Queued, Result, Review


@pytest.fixture
async def narrow():
    """An engine that takes one request at a time."""
    async with serving(backend=FakeBackend(most_at_once=1)) as running:
        yield running


async def begun(engine):
    """The ids that have reached the backend."""
    return [engine.backend.started.get_nowait() for _ in range(engine.backend.started.qsize())]


async def queued(client, request_id, ahead):
    """Hear so; a request waits by then."""
    assert await hear(client) == Queued(request_id, ahead)


async def test_a_client_hears_that_it_waits(narrow):
    """Others' work in front of one's own looked like an engine that hangs."""
    async with greeted_client(narrow.path) as client, greeted_client(narrow.path) as other:
        await say(client, ask(1, "wait"))
        await narrow.backend.started.get()
        await say(other, ask(7, "x"), Review(8, "", "y", "", "interactive"))
        await queued(other, 7, 0)
        await queued(other, 8, 1)
        narrow.backend.release.set()
        assert isinstance(await hear(client), Result)
        replies = [await hear(other) for _ in range(3)]
    assert Queued(8, 0) in replies
    result = next(reply for reply in replies if isinstance(reply, Result))
    assert result.queue_ms > 100  # of the line, and not of the backend, which says 0.1


async def test_the_cancelled_never_reaches_the_backend(narrow):
    async with greeted_client(narrow.path) as client:
        await say(client, ask(1, "wait"))
        await narrow.backend.started.get()
        await say(client, ask(2, "gone"), Cancel(2), ask(3, "stays"))
        assert (await hear(client)).code == "cancelled"
        narrow.backend.release.set()
        assert {(await hear(client)).id for _ in range(2)} == {1, 3}
    assert await begun(narrow) == [3]


async def test_what_a_lost_client_asked_never_reaches_the_backend(narrow):
    """An editor that was closed kept the engine busy for everybody else."""
    async with greeted_client(narrow.path) as client:
        await say(client, ask(1, "wait"))
        await narrow.backend.started.get()
        async with greeted_client(narrow.path) as lost:
            await say(lost, ask(2, "lost"))
            await queued(lost, 2, 0)
        await say(client, ask(3, "stays"))
        narrow.backend.release.set()
        assert {(await hear(client)).id for _ in range(2)} == {1, 3}
    assert await begun(narrow) == [3]


async def test_what_is_too_late_never_reaches_the_backend(narrow):
    async with greeted_client(narrow.path) as client:
        await say(client, ask(1, "wait"))
        await narrow.backend.started.get()
        await say(client, ask(2, "late", deadline_ms=1.0))
        reply = await hear(client)
        assert (reply.id, reply.code) == (2, "overloaded")
        assert "deadline" in reply.message
        assert reply.retry_after_s >= 1
        narrow.backend.release.set()
        assert isinstance(await hear(client), Result)
    assert await begun(narrow) == []


async def test_time_in_line_is_of_the_deadline(narrow):
    """A request waited for nearly all of its time, and then took all of it again."""
    async with greeted_client(narrow.path) as client:
        await say(client, ask(1, "wait"))
        await narrow.backend.started.get()
        await say(client, ask(2, "haste", deadline_ms=60_000.0))
        await queued(client, 2, 0)
        narrow.backend.release.set()
        replies = [await hear(client) for _ in range(2)]
    texts = [reply.candidates[0].texts[0] for reply in replies]
    left = float(texts[1].split()[1])
    assert 0 < left < 60_000


async def test_at_the_end_who_waits_is_refused_and_who_runs_is_not(narrow):
    """Editors waited for an engine that was going instead of starting another."""
    async with greeted_client(narrow.path) as client, greeted_client(narrow.path) as other:
        await say(client, ask(1, "wait"))
        await narrow.backend.started.get()
        await say(other, ask(2, "x"))
        await queued(other, 2, 0)
        narrow.server.stop()
        assert await hear(other) == Failure(2, "draining", "the engine is shutting down")
        narrow.backend.release.set()
        assert isinstance(await hear(client), Result)
        assert (await closed(client))[0] == 1012
    await narrow.ended()
    assert await begun(narrow) == []


async def test_editors_of_one_socket_take_turns():
    """Whoever comes without a name was one user: an editor that floods held up all others."""
    async with (
        serving(backend=FakeBackend(most_at_once=1)) as engine,
        greeted_client(engine.path) as flood,
        greeted_client(engine.path) as client,
    ):
        await say(flood, ask(1, "wait"))
        await engine.backend.started.get()
        await say(flood, *(ask(number, "x") for number in range(2, 40)))
        await queued(flood, 2, 0)
        await say(client, ask(99, "x"))
        await queued(client, 99, 1)
        engine.backend.release.set()
        assert (await hear(client)).ahead == 0
        assert isinstance(await hear(client), Result)
        assert (await begun(engine))[:2] in ([2, 99], [99, 2])
        flood.transport.abort()  # a farewell would wait for what nobody reads
