"""What the client asks of an engine process around a fake backend, and what comes back."""

import asyncio
import contextlib
from functools import partial

import pytest
from places import CANVAS, text_of

from diffgem_engine import wire
from diffgem_lsp.engine.errors import RequestRefused


async def test_replies_go_to_who_asked(place):
    """A slow request's reply went to the next one."""
    client = place.client()
    slow = asyncio.create_task(client.infill("hang", "", CANVAS))
    texts = await asyncio.gather(*(text_of(client, f"x{number}") for number in range(20)))
    assert texts == [f"X{number}" for number in range(20)]
    assert not slow.done()
    slow.cancel()


async def test_the_path_is_the_callers(place):
    """A field that stayed behind: the engine took its default."""
    client = place.client()
    assert await text_of(client, "path") == "diffusion"
    assert await text_of(client, "path", path="autoregressive") == "autoregressive"
    with pytest.raises(RequestRefused, match="path must be diffusion, autoregressive or auto"):
        await text_of(client, "path", path="both")


async def test_deadline_and_priority_reach_the_engine(place):
    """Guards a hurry that nobody hears of."""
    client = place.client()
    assert await text_of(client, "haste") == "interactive None"
    hurried = text_of(client, "haste", priority="background", deadline_ms=250.0)
    assert await hurried == "background 250.0"
    with pytest.raises(RequestRefused, match="priority must be interactive or background"):
        await text_of(client, "haste", priority="urgent")
    with pytest.raises(RequestRefused, match="priority must be interactive or background"):
        await client.review("", "x", "", priority="urgent")


async def test_drafts_reach_the_engine(place):
    """Guards drafts that are found and never sent."""
    client = place.client()
    assert await text_of(client, "drafts", drafts=["a", "b"]) == "a | b"
    with pytest.raises(RequestRefused, match="number of drafts must be"):
        await text_of(client, "drafts", drafts=["a"] * 9)


async def test_texts_are_counted(place):
    """Counts that were taken for another request's answer."""
    client = place.client()
    asked = [client.count(["x" * number, ""]) for number in range(20)]
    counts, text = await asyncio.gather(asyncio.gather(*asked), text_of(client, "x"))
    assert counts == [(number, 0) for number in range(20)]
    assert text == "X"
    assert await client.count(()) == ()


async def test_counting_can_be_cancelled_and_refused(place):
    """An oversized frame costs the connection; a request that nobody waits for, its place."""
    client = place.client()
    stuck = asyncio.create_task(client.count(["hang"]))
    assert await client.count(["é"]) == (1,)
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck
    for texts, code in (
        ([""] * (wire.MAX_ITEMS + 1), "bad-message"),
        (["x" * wire.MAX_FRAME], "too-large"),
        (["\ud800"], "bad-message"),
    ):
        with pytest.raises(RequestRefused) as caught:
            await client.count(texts)
        assert caught.value.code == code
    assert await client.count([""] * wire.MAX_ITEMS) == (0,) * wire.MAX_ITEMS


async def test_code_is_reviewed(place):
    """A text that reached the engine in another one's field; a review that cannot be given up."""
    client = place.client()
    stuck = asyncio.create_task(client.review("x", "hang", "y"))
    asked = [client.review("hang", f"a{number}", "boom") for number in range(5)]
    for number, reply in enumerate(await asyncio.gather(*asked)):
        assert [token.better for token in reply.tokens] == ["A", str(number)]
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck
    for code, refusal in (("", "bad-request"), ("x" * wire.MAX_FRAME, "too-large")):
        with pytest.raises(RequestRefused) as caught:
            await client.review("", code, "")
        assert caught.value.code == refusal


async def test_progress_reaches_its_listener_and_its_errors_stay_there(place, caplog):
    """An exception in the terminal view ended the connection."""
    client = place.client()
    steps = []

    def watch(progress):
        steps.append(progress.step)
        raise ValueError("a broken view")

    assert await text_of(client, "x", on_progress=watch) == "X"
    assert steps == [1, 2]
    assert "a broken view" in caplog.text


async def test_cancelling_cancels_in_the_engine(place):
    """The engine went on denoising for a reply that nobody wanted."""
    client = place.client()
    started = asyncio.Semaphore(0)
    hang = partial(client.infill, "hang", "", CANVAS, on_progress=lambda _: started.release())
    stuck = [asyncio.create_task(hang()) for _ in range(64)]
    for _ in stuck:
        await started.acquire()
    with pytest.raises(RequestRefused, match="64 requests are already in flight"):
        await text_of(client, "x")
    for task in stuck:
        task.cancel()
    assert all(isinstance(e, asyncio.CancelledError) for e in await ended(stuck))
    async with asyncio.timeout(20):
        assert await text_when_admitted(client, "x") == "X"


async def text_when_admitted(client, prefix):
    while True:
        with contextlib.suppress(RequestRefused):
            return await text_of(client, prefix)


async def ended(tasks):
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_late_reply_is_dropped(place):
    """A reply that crossed the Cancel raised InvalidStateError in the reader."""
    client = place.client()
    await client.ready()
    quick = [asyncio.create_task(client.infill("x", "", CANVAS)) for _ in range(10)]
    await asyncio.sleep(0)
    for task in quick:
        task.cancel()
    await ended(quick)
    assert await text_of(client, "y") == "Y"


@pytest.mark.parametrize(
    ("prefix", "code"), [("x" * wire.MAX_FRAME, "too-large"), ("\ud800", "bad-message")]
)
async def test_what_the_engine_would_refuse_is_not_sent(place, prefix, code):
    """An oversized frame costs the connection and with it everyone's requests."""
    client = place.client()
    with pytest.raises(RequestRefused) as caught:
        await text_of(client, prefix)
    assert caught.value.code == code
    assert await text_of(client, "x") == "X"


async def test_an_internal_error_of_the_engine_is_a_refusal(place):
    """One bad request was taken for the loss of the engine."""
    client = place.client()
    with pytest.raises(RequestRefused, match="RuntimeError") as caught:
        await text_of(client, "boom")
    assert caught.value.code == "internal"


async def test_how_many_requests_are_in_flight(place):
    """A bar that is busy for ever after one that was cancelled or refused."""
    counts = []
    client = place.client(on_active=counts.append)
    stuck = asyncio.create_task(client.infill("hang", "", CANVAS))
    assert await text_of(client, "x") == "X"
    with pytest.raises(RequestRefused):
        await text_of(client, "refuse")
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck
    assert (max(counts), counts[-1], sum(count == 2 for count in counts)) == (2, 0, 2)
