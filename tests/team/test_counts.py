"""Counts of tokens: one user's do not keep the others', and text that cannot fit is not counted."""

import asyncio
import threading

import pytest
from fakes import FakeBackend

from diffgem_engine.access.users import User
from diffgem_engine.backends import RequestError
from diffgem_engine.backends.local import LocalBackend
from diffgem_engine.protocol import Count, Hole, Infill, Pinned
from diffgem_engine.serving.front import COUNTED_AT_ONCE, Front
from diffgem_engine.serving.validation import check

ANN, BOB = User("ann"), User("bob")


class Counting(FakeBackend):
    """Notes how many texts are counted at once."""

    def __init__(self):
        super().__init__()
        self.at_work = self.most_at_work = 0

    async def count(self, texts):
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            return await super().count(texts)
        finally:
            self.at_work -= 1


async def flood(front, requests):
    work = [asyncio.create_task(front.count(ANN, Count(n, ("hang",)))) for n in range(requests)]
    await asyncio.sleep(0)
    return work


async def refusals(work):
    done = [task for task in work if task.done() and not task.cancelled()]
    return [task.exception().code for task in done]


async def test_a_flood_of_counts_leaves_room_for_others():
    """All of a flood was at work at once: every answer over HTTP, which is counted too, and the
    engine's end waited for it."""
    backend = Counting()
    front = Front(backend)
    work = await flood(front, 300)
    async with asyncio.timeout(10):
        assert (await front.count(BOB, Count(1, ("abc",)))).tokens == (3,)
    assert backend.most_at_work <= COUNTED_AT_ONCE
    assert set(await refusals(work)) == {"overloaded"}
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    assert backend.at_work == 0


async def test_counts_in_line_are_refused_at_the_end():
    front = Front(Counting())
    work = await flood(front, 100)
    for turnstile in front.turnstiles:
        turnstile.refuse()
    await asyncio.sleep(0)
    assert set(await refusals(work)) == {"draining"}
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)


class Slow(LocalBackend):
    """Counts when the test says so."""

    def __init__(self):
        self.begun, self.end = threading.Event(), threading.Event()

    def _count(self, texts):
        self.begun.set()
        self.end.wait(10)
        return tuple(map(len, texts))


async def test_a_count_that_is_given_up_keeps_its_place_until_it_has_ended():
    """Who asked and gave up in turns had as many threads at work as there are."""
    backend = Slow()
    counting = asyncio.create_task(backend.count(["abc"]))
    await asyncio.to_thread(backend.begun.wait, 10)
    counting.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not counting.done()
    backend.end.set()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await counting


@pytest.mark.parametrize("many", [(Pinned("x" * 9_000),) * 2, (Hole(1, "x" * 9_000),) * 2])
def test_pinned_text_that_cannot_fit_is_refused_before_it_is_counted(many):
    """255 long pins were tokenized on the event loop: five seconds in which nobody was served."""
    with pytest.raises(RequestError, match=r"of pinned text must be .*, not 18000"):
        check(Infill(1, "", "", (Hole(4), *many)), FakeBackend().welcome)
    check(Infill(1, "", "", (Hole(4), *many[:1])), FakeBackend().welcome)
