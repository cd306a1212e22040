"""What the engine's server is asked beside infilling: tokens counted, code reviewed."""

from fakes import ask, greeted_client, hear, say
from running import assert_works

from diffgem_engine.protocol import (
    Cancel,
    Count,
    Counts,
    Failure,
    Review,
    Reviewed,
)

FAILED_HERE = "the engine failed at this request (RuntimeError): see its log"


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
            assert await hear(client) == Failure(
                1, "bad-request", "id 1 is already in flight: give each request another"
            )
        await say(client, Cancel(1))
        assert await hear(client) == Failure(1, "cancelled", "cancelled by the client")
        await say(client, Count(1, ("boom",)))
        assert await hear(client) == Failure(1, "internal", FAILED_HERE)
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
            assert await hear(client) == Failure(
                1, "bad-request", "id 1 is already in flight: give each request another"
            )
        await say(client, Cancel(1))
        assert await hear(client) == Failure(1, "cancelled", "cancelled by the client")
        for code, failure in (
            ("boom", Failure(1, "internal", FAILED_HERE)),
            ("refuse", Failure(1, "bad-request", "the prompt is too long")),
            ("", Failure(1, "bad-request", "there is no code to review")),
        ):
            await say(client, Review(1, "", code, ""))
            assert await hear(client) == failure
        await assert_works(client, 1)
