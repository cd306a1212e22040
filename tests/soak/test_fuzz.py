"""Frames and requests that are none: each connection answered or closed, nothing kept, few words.

Each is from a seed: the long ones, of `make soak`, send 100,000 frames and as many requests.
"""

import os
import time
from statistics import median

import pytest
from fuzzed import fuzzed_engine
from fuzzing import Fuzz, browse, converse, fuzz
from good_client import good_client
from tallies import report

SEED = int(os.environ.get("DIFFGEM_FUZZ_SEED", "7"))
SHARES = {"unix": 0.5, "tcp": 0.35, "tls": 0.15}
# One line for each connection, or request, that came as far as that: no more than clients need.
ACCESS = ("client # connected", "count:", "infill:", "review:")
MOST_LINES = 100  # of other kinds
WARMING, SHORT_WARMING = 15_000, 50  # sent before what is measured
PARTS = 8  # with a rest after each: what a process takes goes up and down by as much as a leak
# Of a text that is nested without end: what Python collects at the bottom of it has no room to.
UNHEARD = ("TRACEBACK Exception ignored in", "TRACEBACK RecursionError: maximum recursion depth")


async def fuzzed(scheme, one, count, warming=SHORT_WARMING):
    """What came of it, and figures."""
    with fuzzed_engine(scheme) as engine:
        async with good_client(engine) as good:
            await good.work()
            before = await good.holds()
            await fuzz(Fuzz(engine.place, SEED + 1), one, warming)
            await good.settled(before)
            load, memory, began = Fuzz(engine.place, SEED), [], time.monotonic()
            for part in range(1, PARTS + 1):
                async with good.working():
                    await fuzz(load, one, count * part / PARTS)
                after = await good.settled(before)
                memory.append(good.memory_mb())
            took = time.monotonic() - began
            await good.work()
        assert engine.process.is_running()
        said = engine.said()
    warm, end = median(memory[: PARTS // 2]), median(memory[PARTS // 2 :])
    figures = {
        **load.figures(),
        "seconds": round(took, 1),
        "memory_mb_warm": round(warm, 1),
        "memory_mb_end": round(end, 1),
        "memory_growth": round(end / warm - 1, 4),
        "good_asked": good.asked,
        "good_longest_ms": round(1000 * good.longest_s),
        "log_lines": sum(said.values()),
    }
    report(f"fuzz-{one.__name__}-{scheme}", figures)
    assert load.stuck == []
    assert load.let_in == []
    assert after == before
    said = {words: n for words, n in said.items() if not words.startswith(UNHEARD)}
    assert not [words for words in said if words.startswith("TRACEBACK")]
    others = {words: n for words, n in said.items() if not words.startswith(ACCESS)}
    assert sum(others.values()) <= MOST_LINES, others
    assert load.came[500] == 0
    return figures


@pytest.mark.parametrize("scheme", SHARES)
@pytest.mark.parametrize("one", [converse, browse])
async def test_a_thousand(one, scheme):
    await fuzzed(scheme, one, 1_000 * SHARES[scheme])


@pytest.mark.soak
@pytest.mark.parametrize("scheme", SHARES)
@pytest.mark.parametrize("one", [converse, browse])
async def test_a_hundred_thousand(one, scheme):
    figures = await fuzzed(scheme, one, 100_000 * SHARES[scheme], WARMING)
    assert figures["memory_growth"] <= 0.05
