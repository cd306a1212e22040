"""The loads: everybody at once, and a flood beside a few who type."""

import asyncio
import contextlib
import itertools
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import psutil
from fakes import short_folder
from tallies import Tally
from typists import draws, floods, types, typists

from diffgem_engine.bench.figures import p95

ENGINE = Path(__file__).with_name("echo_engine.py")
IN_FLIGHT = 60  # of a flood; an engine takes 64 of one client
TYPING_S, IDLING_S = 0.2, 5.0  # between two requests: of who types, and of who reads


@contextlib.contextmanager
def echo_engine(work_ms):
    """Its socket and its process, which ends with the block."""
    with short_folder() as folder:
        socket = folder / "e"
        command = [sys.executable, str(ENGINE), str(socket), str(work_ms)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert "listens on" in process.stdout.readline()
            try:
                yield socket, psutil.Process(process.pid)
            finally:
                process.terminate()
                assert process.wait(30) == 0


async def crowd(path, process, *, connections, typing, seconds):
    """The tally, and the process' memory in MB, each second."""
    tally, memory = Tally(), []
    async with typists(path, connections, tally) as people:
        until = time.monotonic() + seconds
        pauses = itertools.chain([TYPING_S] * typing, itertools.repeat(IDLING_S))
        plans = zip(people, pauses, draws(connections), strict=False)
        watching = asyncio.create_task(_watch(process, memory))
        await asyncio.gather(*(types(who, until, pause, draw) for who, pause, draw in plans))
        watching.cancel()
    return tally, memory


async def beside_a_flood(path, *, typing, seconds, rounds):
    """Tallies of who typed alone, of who typed beside a flood, and of the flood; in turns, so
    that what else the machine does falls on both.
    """
    alone, beside, flood = Tally(), Tally(), Tally()
    for number in range(rounds):
        async with typists(path, typing, alone, f"a{number}-") as people:
            await _type(people, seconds / rounds)
        async with (
            typists(path, 1, flood, f"f{number}-") as flooding,
            typists(path, typing, beside, f"b{number}-") as people,
        ):
            flooder = asyncio.create_task(floods(flooding[0], IN_FLIGHT))
            await _type(people, seconds / rounds)
            flooder.cancel()
            await asyncio.wait({flooder})
    return alone, beside, flood


def crowd_figures(tally, memory):
    before, after = growth(memory)
    return {
        **tally.figures(),
        "p95_over_median": round(p95(tally.latencies) / median(tally.latencies), 2),
        "memory_mb_warm": round(before, 1),
        "memory_mb_end": round(after, 1),
        "memory_growth": round(after / before - 1, 4),
    }


def growth(measured):
    """What it was once a quarter of the time had passed, and what it is at the end."""
    warm = measured[len(measured) // 4 :]
    tenth = max(1, len(warm) // 10)
    return median(warm[:tenth]), median(warm[-tenth:])


async def _type(people, seconds):
    until = time.monotonic() + seconds
    plans = zip(people, draws(len(people)), strict=True)
    await asyncio.gather(*(types(who, until, TYPING_S, draw) for who, draw in plans))


async def _watch(process, memory):
    while True:
        memory.append(process.memory_info().rss / 1e6)
        await asyncio.sleep(1)
