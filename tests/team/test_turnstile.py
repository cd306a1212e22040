"""At most so many at the backend; who waits, who leaves, who is told what."""

import asyncio
import contextlib

import pytest

from diffgem_engine.access.users import User
from diffgem_engine.backends import RequestError
from diffgem_engine.serving import turnstile as turnstile_module
from diffgem_engine.serving.turnstile import Turnstile

ANN, BOB = User("ann"), User("bob")


class Gate:
    """A turnstile, and work that ends when the test says so."""

    def __init__(self, most=1, **limits):
        self.turnstile = Turnstile(most, **limits)
        self.begun = []
        self.waited = {}
        self.ends = {}
        self.ahead = {}

    def ask(self, name, user=ANN, priority="interactive", deadline_s=None):
        self.ahead[name] = []
        self.ends[name] = asyncio.Event()

        async def work(waited_s):
            self.begun.append(name)
            self.waited[name] = waited_s
            await self.ends[name].wait()
            return name

        through = self.turnstile.through(
            user, priority, work, self.ahead[name].append, deadline_s=deadline_s
        )
        return asyncio.create_task(through)

    async def asked(self, *names, **how):
        tasks = [self.ask(name, **how) for name in names]
        await asyncio.sleep(0)
        return tasks

    async def until(self, condition):
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - each turn of the loop counts
                await asyncio.sleep(0)


async def ended(task):
    async with asyncio.timeout(10):
        return await task


async def test_so_many_at_once_and_no_more():
    gate = Gate(2)
    tasks = await gate.asked("a", user=ANN) + await gate.asked("b", user=BOB)
    tasks += await gate.asked("c", user=BOB)
    assert gate.begun == ["a", "b"]
    assert (gate.turnstile.let_in, gate.turnstile.waiting) == (2, 1)
    gate.ends["a"].set()
    assert await ended(tasks[0]) == "a"
    await gate.until(lambda: "c" in gate.begun)
    assert gate.waited["a"] == 0.0 < gate.waited["c"]


async def test_who_gives_up_never_reaches_the_backend():
    """An engine filled holes that nobody looked at any more."""
    gate = Gate()
    first, gone, last = await gate.asked("first", "gone", "last")
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ended(gone)
    gate.ends["first"].set()
    gate.ends["last"].set()
    assert [await ended(first), await ended(last)] == ["first", "last"]
    assert gate.begun == ["first", "last"]


async def test_cancelled_in_the_moment_of_being_let_in():
    """Its place was never given back: nobody was let in any more."""
    gate = Gate()
    first, gone, last = await gate.asked("first", "gone", "last")
    gate.ends["first"].set()
    await gate.until(lambda: gate.turnstile.waiting < 2)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ended(gone)
    gate.ends["last"].set()
    assert await ended(last) == "last"
    assert await ended(first) == "first"
    assert (gate.turnstile.let_in, gate.turnstile.waiting) == (0, 0)


async def test_a_deadline_that_passes_in_line():
    gate = Gate()
    (first,) = await gate.asked("first")
    (late,) = await gate.asked("late", deadline_s=0.01)
    said = "its deadline passed while it waited: ask again later, or less"
    with pytest.raises(RequestError, match=said) as caught:
        await ended(late)
    assert caught.value.code == "overloaded"
    assert caught.value.retry_after_s >= 1
    gate.ends["first"].set()
    await ended(first)
    assert gate.begun == ["first"]
    assert (gate.turnstile.let_in, gate.turnstile.waiting) == (0, 0)


async def test_no_deadline_keeps_out_who_need_not_wait():
    """A deadline of nothing is answered after a step at least, as the protocol says."""
    gate = Gate()
    (task,) = await gate.asked("a", deadline_s=0.0)
    gate.ends["a"].set()
    assert await ended(task) == "a"


async def test_work_that_fails_gives_its_place_back():
    gate = Gate()

    async def fails(waited_s):
        raise RequestError("internal", "no")

    with pytest.raises(RequestError, match="no"):
        await gate.turnstile.through(ANN, "interactive", fails, print)
    (task,) = await gate.asked("a")
    gate.ends["a"].set()
    assert await ended(task) == "a"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"most_waiting_each": 2}, "2 requests of ann wait already"),
        ({"most_waiting": 2}, "2 requests wait already"),
    ],
)
async def test_too_many_wait(limits, message):
    """A line without an end took the engine's memory, and its last waited for hours."""
    gate = Gate(**limits)
    tasks = await gate.asked("a", "b", "c")
    with pytest.raises(RequestError, match=message) as caught:
        await ended(gate.ask("d"))
    assert caught.value.code == "overloaded"
    assert caught.value.retry_after_s >= 1
    (other,) = await gate.asked("e", user=BOB)  # no flood of one keeps another out
    for name in "abce":
        gate.ends[name].set()
    assert [await ended(task) for task in (*tasks, other)] == ["a", "b", "c", "e"]


async def test_who_waits_is_told_who_is_ahead(monkeypatch):
    """A status that said nothing, or three ahead of you for ever."""
    monkeypatch.setattr(turnstile_module, "TELL_S", 0.001)
    gate = Gate()
    first, second, third = await gate.asked("first", "second", "third")
    await gate.until(lambda: gate.ahead["third"] == [1])
    assert gate.ahead["second"] == [0]
    gate.ends["first"].set()
    await gate.until(lambda: gate.ahead["third"] == [1, 0])
    gate.ends["second"].set()
    gate.ends["third"].set()
    for task in (first, second, third):
        await ended(task)
    assert gate.ahead == {"first": [], "second": [0], "third": [1, 0]}


async def test_who_is_let_in_hears_it(monkeypatch):
    """Two ahead of you, over a hole that was being filled."""
    monkeypatch.setattr(turnstile_module, "TELL_S", 0.001)
    gate = Gate()
    first, gone, third = await gate.asked("first", "gone", "third")
    await gate.until(lambda: gate.ahead["third"] == [1])
    monkeypatch.setattr(turnstile_module, "TELL_S", 60)  # from here on no round tells it
    await gate.until(
        lambda: gate.turnstile._telling.when() > asyncio.get_running_loop().time() + 30
    )
    gone.cancel()
    gate.ends["first"].set()
    await gate.until(lambda: "third" in gate.begun)
    assert gate.ahead["third"] == [1, 0]
    gate.ends["third"].set()
    assert [await ended(first), await ended(third)] == ["first", "third"]


async def test_who_waits_a_moment_is_told_nothing():
    """At every key a word over the wire."""
    gate = Gate()
    first, second = await gate.asked("first", "second")
    gate.ends["first"].set()
    gate.ends["second"].set()
    assert [await ended(first), await ended(second)] == ["first", "second"]
    assert gate.ahead["second"] == []


async def test_draining():
    """Who waited at SIGTERM was kept until the engine was killed."""
    gate = Gate()
    first, second = await gate.asked("first", "second")
    gate.turnstile.refuse()
    for refused in (second, gate.ask("third")):
        with pytest.raises(RequestError) as caught:
            await ended(refused)
        assert caught.value.code == "draining"
    emptied = asyncio.create_task(gate.turnstile.emptied())
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(emptied), 0.01)
    assert not emptied.done()
    gate.ends["first"].set()
    assert await ended(first) == "first"
    await ended(emptied)
    assert gate.begun == ["first"]


async def test_a_flood_does_not_hold_up_another():
    """With places kept free, who has none waits for none of the flood."""
    gate = Gate(4)
    flood = await gate.asked(*range(20))
    assert len(gate.begun) == 3
    (typist,) = await gate.asked("typist", user=BOB)
    assert gate.begun[-1] == "typist"
    for task in (*flood, typist):
        task.cancel()
    await asyncio.wait({*flood, typist})
    assert (gate.turnstile.let_in, gate.turnstile.waiting) == (0, 0)
