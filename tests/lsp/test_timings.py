"""`diffgem/timings`: where the time of a completion went, for benches and status bars."""

import asyncio

from editor import edited_here
from running import serving

from diffgem_lsp.inline.stopwatch import Stopwatch

URI = "file:///a.txt"


async def test_a_request_is_split():
    """Only the sum was known: a slow engine could not be told from a slow server."""
    async with serving() as engine, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path), debounceMs=40)
        editor.open(URI, "ab")
        assert (await editor.complete(URI, 0, 2))["items"]
        assert (await editor.complete(URI, 0, 2))["items"]
        asked, known = (await editor.ask("diffgem/timings"))["timings"]
    assert (asked["uri"], asked["version"], asked["shown"]) == (URI, 1, True)
    assert (asked["reused"], known["reused"]) == (False, True)
    assert asked["engineMs"] > 0
    assert asked["totalMs"] >= asked["pauseMs"] + asked["engineMs"]
    assert known["pauseMs"] == known["engineMs"] == 0


async def test_a_stopwatch_counts_what_overlaps_once():
    """Two requests beside each other took, together, twice the time that passed."""
    times = iter((0.0, 5.0, 7.0, 8.0))
    watch, go = Stopwatch(lambda: next(times)), asyncio.Event()
    both = asyncio.gather(watch.timed(go.wait()), watch.timed(go.wait()))
    await asyncio.sleep(0)
    go.set()
    assert await both == [True, True]
    assert watch.seconds == 5.0
    await watch.timed(go.wait())
    assert watch.seconds == 6.0
