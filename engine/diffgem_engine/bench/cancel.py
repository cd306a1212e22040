"""From a cancellation until the engine is rid of the request: nobody waits for abandoned work."""

import asyncio
import random
import time
from statistics import median

from attrs import field, frozen

from diffgem_engine.bench import driving
from diffgem_engine.bench.figures import Figure, Measurement, spread
from diffgem_engine.bench.served import Served, served
from diffgem_engine.bench.setup import Setup
from diffgem_engine.core.sequence import Sequence

SLOTS, STEPS, SEEN = 64, 48, 4  # steps in all, and those before it is given up
MOST_S = 12.0


@frozen
class Found:
    gone_ms: list[float] = field(factory=list)
    next_ms: list[float] = field(factory=list)
    late_steps: list[int] = field(factory=list)
    step_ms: list[float] = field(factory=list)


class _Watched:
    """Notes the steps of a request; called on the engine's thread."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.late = 0  # steps that ended once it was cancelled
        self.underway = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def stepped(self, sequence: Sequence) -> None:
        self.ends.append(time.perf_counter())
        self.late += sequence.cancelled
        if len(self.ends) == SEEN:
            self._loop.call_soon_threadsafe(self.underway.set)


def measure(setup: Setup) -> Measurement:
    """A canvas of 64 slots is given up somewhere within a step, and another is asked for at once.

    `median_ms`, `p95_ms` until its owner hears that it has gone; `steps_max`, its steps that ended
    after it was given up; `next_median_ms`, `next_p95_ms` until the other one, of a single step,
    is done; `step_ms` is a step of the first.
    """
    found = Found()
    with served(setup) as engine:
        asyncio.run(_give_up_all(setup, engine, found))
    figures = [
        *spread("", found.gone_ms),
        Figure("steps_max", max(found.late_steps), at_most=1.0),
        *spread("next", found.next_ms),
        Figure("step_ms", median(found.step_ms), "ms"),
    ]
    return Measurement(f"a canvas of {SLOTS} slots given up", tuple(figures))


async def _give_up_all(setup: Setup, engine: Served, found: Found) -> None:
    prompt = driving.prompt(setup, setup.prompts[0])
    within = random.Random(4)
    await _give_up(setup, engine, prompt, 0.0, Found())  # warms up
    for _ in setup.rounds(40, 3, MOST_S):
        await _give_up(setup, engine, prompt, within.random(), found)


async def _give_up(
    setup: Setup, engine: Served, prompt: tuple[int, ...], share: float, found: Found
) -> None:
    """After `share` of a step."""
    watched = _Watched()
    asked = engine.ask(driving.request(setup, prompt, SLOTS, steps=STEPS), watched.stepped)
    await watched.underway.wait()
    a_step = (watched.ends[-1] - watched.ends[0]) / (len(watched.ends) - 1)
    await asyncio.sleep(share * a_step)
    began = time.perf_counter()
    asked.sequence.cancelled = True
    other = engine.ask(driving.request(setup, prompt, SLOTS, steps=1))
    await asked.done
    found.gone_ms.append(1000 * (time.perf_counter() - began))
    found.next_ms.append(await other.done)
    found.late_steps.append(watched.late)
    found.step_ms.append(1000 * a_step)
