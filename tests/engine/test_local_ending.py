"""How a request to the engine of this process ends, other than by its text."""

import asyncio
import threading

import pytest
import torch
from asking import ENDLESS, infill, opened
from attrs import evolve

from diffgem_engine.backends import RequestError
from diffgem_engine.core.failures import NoNumbers


async def test_cancelling_ends_the_work(backend):
    """Guards a cancelled request that holds the engine for its remaining steps."""
    started = asyncio.Event()
    asked = backend.infill(infill(sampling=ENDLESS), lambda _: started.set())
    work = asyncio.create_task(asked)
    await started.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await backend.infill(infill(sampling=evolve(ENDLESS, steps=8)))
    assert backend._thread._engine.idle  # long before the cancelled one's 256 steps


async def test_a_failure_reaches_who_asked_and_nobody_else(backend, monkeypatch):
    """Guards a request that waits for ever for a sequence that failed."""
    runner = backend._thread._engine._runner

    def broken(*_):
        raise RuntimeError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(runner, "prefill", broken)
        with pytest.raises(RuntimeError, match="no memory"):
            await backend.infill(infill())
    assert (await backend.infill(infill())).steps > 0


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (torch.OutOfMemoryError(), "overloaded", "out of memory; ask again when fewer"),
        (NoNumbers(), "internal", "the model returned no numbers"),
    ],
)
async def test_a_failure_that_a_user_can_mend_says_how(backend, monkeypatch, error, code, words):
    """Guards "see the engine's log" for what is in nobody's log."""

    def broken(*_):
        raise error

    monkeypatch.setattr(backend._thread._engine._runner, "prefill", broken)
    with pytest.raises(RequestError, match=words) as refused:
        await backend.infill(infill())
    assert refused.value.code == code


async def test_closing_ends_the_thread_and_what_is_in_flight(checkpoint):
    """Guards requests that wait for a thread that is gone."""
    async with opened(checkpoint) as backend:
        started = asyncio.Event()
        ask = backend.infill(infill(sampling=ENDLESS), lambda _: started.set())
        work = asyncio.create_task(ask)
        await started.wait()
        await backend.close()
        with pytest.raises(RequestError) as refused:
            async with asyncio.timeout(20):
                await work
        assert refused.value.code == "draining"
        with pytest.raises(RequestError, match="shutting down"):
            await backend.infill(infill())
    assert "diffgem-engine" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
async def test_an_engine_that_fails_answers_all_who_wait(checkpoint, monkeypatch, caplog, error):
    """Guards editors that wait for a thread that is gone, one that no log speaks of."""
    async with opened(checkpoint) as backend:
        engine, waiting = backend._thread._engine, asyncio.Event()
        step = engine.step

        def broken():
            if waiting.is_set():
                raise error("a mistake of ours")
            step()

        def stepped(_):
            waiting.set()

        monkeypatch.setattr(engine, "step", broken)
        assert not backend.broken
        asked = [backend.infill(infill(sampling=ENDLESS), stepped) for _ in range(5)]
        async with asyncio.timeout(20):
            ended = await asyncio.gather(*asked, return_exceptions=True)
        for one in (*ended, await raised(backend)):
            assert isinstance(one, RequestError)
            assert (one.code, one.message[:33]) == ("internal", "the engine has failed: restart it")
        assert backend.broken
        assert "a mistake of ours" in caplog.text


async def raised(backend):
    """By a request that comes later."""
    with pytest.raises(RequestError) as caught:
        await backend.infill(infill())
    return caught.value


async def test_a_client_that_is_gone_with_its_loop_hurts_nobody(checkpoint):
    """Guards a thread that dies of telling a closed event loop."""
    async with opened(checkpoint) as backend:

        async def hurried():
            work = asyncio.create_task(backend.infill(infill(sampling=ENDLESS)))
            await asyncio.sleep(0)
            work.cancel()

        await asyncio.to_thread(asyncio.run, hurried())
        assert (await backend.infill(infill())).steps > 0


async def test_whoever_asked_hears_of_the_end_of_the_engine(checkpoint, monkeypatch):
    """Guards a process that stays when its device goes after the last client has gone."""
    async with opened(checkpoint) as backend:
        heard = asyncio.Event()
        backend.when_broken(heard.set)

        def broken():
            raise torch.AcceleratorError("an illegal memory access was encountered")

        monkeypatch.setattr(backend._thread._engine, "step", broken)
        given_up = asyncio.create_task(backend.infill(infill(sampling=ENDLESS)))
        await asyncio.sleep(0)  # it is under way
        given_up.cancel()
        async with asyncio.timeout(20):
            await heard.wait()
        assert backend.broken
        late = asyncio.Event()
        backend.when_broken(late.set)
        async with asyncio.timeout(20):
            await late.wait()
