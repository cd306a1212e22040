import asyncio
import gc

import pytest

from diffgem_lsp.requests import NewestWins


async def ready(value):
    return value


class Work:
    """Waits until told; notes its end."""

    def __init__(self):
        self.began, self.go = asyncio.Event(), asyncio.Event()
        self.cancelled = False

    async def run(self):
        self.began.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return "late"


async def test_the_result_comes_back():
    newest = NewestWins()
    assert await newest.run("a", ready(1)) == 1
    assert newest._tasks == {}


async def test_a_newer_call_supersedes():
    """Late text over newer text."""
    newest, work = NewestWins(), Work()
    older = asyncio.create_task(newest.run("a", work.run()))
    await work.began.wait()
    assert await newest.run("a", ready(2)) == 2
    assert await older is None
    assert work.cancelled
    assert newest._tasks == {}


async def test_other_keys_go_on():
    newest, work = NewestWins(), Work()
    older = asyncio.create_task(newest.run("a", work.run()))
    await work.began.wait()
    assert await newest.run("b", ready(2)) == 2
    work.go.set()
    assert await older == "late"


async def test_the_callers_cancel_is_raised():
    """The client's cancel answered null; or the engine went on working."""
    newest, work = NewestWins(), Work()
    caller = asyncio.create_task(newest.run("a", work.run()))
    await work.began.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert work.cancelled
    assert newest._tasks == {}


async def test_cancelled_and_superseded_at_once_is_cancelled():
    """The client must hear of its own cancel, whatever else happened in that instant."""
    newest, work = NewestWins(), Work()
    caller = asyncio.create_task(newest.run("a", work.run()))
    await work.began.wait()
    newest.cancel("a")
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_a_burst_leaves_only_the_last():
    """Work superseded before its first step was never awaited, and Python warned of it."""
    newest, works = NewestWins(), [Work() for _ in range(50)]
    calls = [asyncio.create_task(newest.run("a", work.run())) for work in works]
    await works[-1].began.wait()
    works[-1].go.set()
    assert await asyncio.gather(*calls) == [None] * 49 + ["late"]
    assert newest._tasks == {}
    gc.collect()  # a coroutine that was never awaited warns here, and warnings are errors


async def test_errors_pass_through():
    """A failed generation kept its key, or vanished."""

    async def fail():
        raise ValueError("x")

    newest = NewestWins()
    with pytest.raises(ValueError, match="x"):
        await newest.run("a", fail())
    assert newest._tasks == {}


async def test_cancelling_nothing_is_nothing():
    NewestWins().cancel("a")
