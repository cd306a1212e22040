"""Clients who do not read, and replies that no client takes."""

from fakes import FakeBackend, ask, greeted_client, hear, say
from running import assert_works, serving

from diffgem_engine import wire
from diffgem_engine.process.session import MAX_UNSENT
from diffgem_engine.protocol import Failure, Progress, Result


async def test_who_does_not_read_hears_no_more_of_the_progress(engine):
    """Every step of 64 requests waited for the client in memory: gigabytes within a minute."""
    async with greeted_client(engine.path) as client:
        await say(client, ask(1, "wait", progress=True))
        await engine.backend.started.get()
        [sink] = engine.backend.sinks
        for step in range(10 * MAX_UNSENT):
            sink(Progress(1, step, ("a",), "a"))
        engine.backend.release.set()
        heard = [await hear(client)]
        while not isinstance(heard[-1], Result):
            heard.append(await hear(client))
    assert len(heard) <= MAX_UNSENT + 2


class Talkative(FakeBackend):
    async def _text(self, prefix, request=None):
        return "x" * wire.MAX_FRAME if prefix == "long" else prefix.upper()


async def test_a_reply_that_is_too_large_costs_its_own_request_alone():
    """An upstream's endless text ended the connection: all that its client asked was lost."""
    async with serving(backend=Talkative()) as engine, greeted_client(engine.path) as client:
        await say(client, ask(1, "long"))
        reply = await hear(client)
        assert isinstance(reply, Failure)
        assert (reply.id, reply.code) == (1, "internal")
        assert "the reply is too large" in reply.message
        await assert_works(client)
