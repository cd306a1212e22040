"""Requests in token ids on an engine, timed step by step.

None can stop early: a canvas would have to be stable for more steps than there are.
"""

import itertools
import time
from collections.abc import Sequence

import torch
from attrs import evolve, frozen

from diffgem_engine.bench.figures import BenchError
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.sources import sources
from diffgem_engine.core.canvas import Canvas
from diffgem_engine.core.engine import Engine, Events
from diffgem_engine.core.kv import PrefixKv
from diffgem_engine.core.prefix_cache import PrefixCache
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.core.sequence import Outcome
from diffgem_engine.core.sequence import Sequence as Live

STEPS = 8
CHARACTERS_A_TOKEN = 8  # more than code has
NO_BUDGET = 2**50  # bytes of cached prompts
ELSEWHERE = 997  # characters further on in a file that is read again


@frozen
class Run:
    """Milliseconds: all of it, and each denoising step but the first (it shares the prefill)."""

    total: float
    steps: tuple[float, ...]


class Clock:
    """Notes when each step ended, on the device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        wait_for(device)
        self._ends = [time.perf_counter()]

    def step(self) -> None:
        wait_for(self._device)
        self._ends.append(time.perf_counter())

    def run(self, steps: int = STEPS) -> Run:
        began, *ends = self._ends
        if len(ends) != steps:
            raise RuntimeError(f"{len(ends)} steps ran instead of {steps}")
        each = (1000 * (b - a) for a, b in itertools.pairwise(ends))
        return Run(1000 * (ends[-1] - began), tuple(each))


def wait_for(device: torch.device) -> None:
    """Until the device has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def sampling(setup: Setup, steps: int = STEPS) -> SamplingParams:
    """The checkpoint's, as `generate` has it, of exactly so many steps."""
    base = setup.checkpoint.sampling
    return evolve(base, steps=steps, stability=steps + 1, order="entropy")


def prompt(setup: Setup, tokens: int, number: int = 0) -> tuple[int, ...]:
    """Real code of so many tokens; another number, another file, or another place in it."""
    every = sources()
    again, first = divmod(number, len(every))
    text = "\n".join((*every[first:], *every[:first]))[ELSEWHERE * again :]
    return tuple(setup.checkpoint.tokenizer.encode(text[: CHARACTERS_A_TOKEN * tokens])[:tokens])


def request(
    setup: Setup, ids: Sequence[int], slots: int, *, seed: int = 0, steps: int = STEPS
) -> InfillIds:
    """A canvas of nothing but open slots: what `generate` denoises."""
    canvas = Canvas((0,) * slots, (False,) * slots, (range(slots),))
    return InfillIds(tuple(ids), canvas, sampling(setup, steps), seed)


def new_engine(setup: Setup, runner: Runner | None = None) -> Engine:
    """Nothing is cached in it, and all that it reads stays cached."""
    cache = PrefixCache[PrefixKv](budget=NO_BUDGET)
    return Engine(runner or setup.runner, setup.checkpoint.form, cache=cache)


def warmed_engine(
    setup: Setup, requests: Sequence[InfillIds], runner: Runner | None = None
) -> Engine:
    """One that has the prompts of `requests` cached: all take their first step in one pass."""
    engine = new_engine(setup, runner)
    for each in requests:
        drive(setup, engine, [request(setup, each.prompt, 1, steps=1)])
    return engine


def drive(setup: Setup, engine: Engine, requests: Sequence[InfillIds]) -> Run:
    """Run them together to their ends; of equal length, and all cached or only one of them.

    Raises BenchError where one fails.
    """
    stepped, failed = list[Live](), list[BaseException]()
    clock = Clock(setup.device)

    def finished(_: Live, __: Outcome, error: BaseException | None) -> None:
        if error is not None:
            failed.append(error)

    for each in requests:
        engine.add(engine.sequence(each), Events(finished, stepped.append))
    while not engine.idle:
        engine.step()
        if stepped:  # a piece of a prompt alone is no step
            stepped.clear()
            clock.step()
    if failed:
        raise BenchError(f"a request failed: {failed[0]}") from failed[0]
    return clock.run(requests[0].params.steps)
