"""Our denoising loop and transformers' `generate`, timed step by step on the same weights.

Both start from nothing but the prompt's ids, and neither can stop early: a canvas would have to
be stable for more steps than there are.
"""

import contextlib
import itertools
import time
from collections.abc import Iterator

import torch
from attrs import frozen
from transformers import DiffusionGemmaConfig

from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.sources import long_file
from diffgem_engine.canvas import Canvas
from diffgem_engine.checkpoint import Checkpoint
from diffgem_engine.engine import Engine, Events
from diffgem_engine.runner import Runner
from diffgem_engine.sampler import SamplingParams
from diffgem_engine.sequence import InfillIds, Outcome, Sequence

STEPS = 8
PROMPT_TOKENS = 256


@frozen
class Run:
    """Milliseconds: all of it, and each denoising step but the first (it shares the prefill)."""

    total: float
    steps: tuple[float, ...]


def pairs(setup: Setup, ours: int, theirs: int) -> Iterator[tuple[Run, Run]]:
    """Runs of ours on a canvas of `ours` slots and of theirs on one of `theirs`, interleaved.

    Whoever shares the machine then slows both alike; who goes first takes turns.
    """
    loops = _Loops(setup.checkpoint)
    loops.ours(ours), loops.theirs(theirs)  # warms up
    for number in range(setup.count(12, 2)):
        if number % 2:
            second = loops.theirs(theirs)
            yield loops.ours(ours), second
        else:
            yield loops.ours(ours), loops.theirs(theirs)


class _Loops:
    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._runner = Runner(checkpoint.model)
        room = min(PROMPT_TOKENS, checkpoint.form.prompt_tokens)
        self._prompt = checkpoint.tokenizer.encode(long_file(400))[:room]

    def ours(self, slots: int) -> Run:
        """A new engine, so that no prefix is cached."""
        engine = Engine(self._runner, self._checkpoint.form)
        canvas = Canvas((0,) * slots, (False,) * slots, (range(slots),))
        request = InfillIds(tuple(self._prompt), canvas, self._params(), seed=0)
        with torch.inference_mode():
            clock = _Clock()
            engine.add(engine.sequence(request), Events(_raise_failure))
            while not engine.idle:
                engine.step()
                clock.step()
        return clock.run()

    def theirs(self, slots: int) -> Run:
        model, params = self._checkpoint.model, self._params()
        ids = torch.tensor([self._prompt])
        with _canvas_length(model.config, slots):
            clock = _Clock()
            model.generate(
                ids,
                streamer=_StepStreamer(clock),
                max_new_tokens=slots,
                max_denoising_steps=params.steps,
                stability_threshold=params.stability,
                t_max=params.temperature_start,
                t_min=params.temperature_end,
                eos_token_id=None,
            )
        return clock.run()

    def _params(self) -> SamplingParams:
        base = self._checkpoint.sampling
        return SamplingParams(
            steps=STEPS,
            temperature_start=base.temperature_start,
            temperature_end=base.temperature_end,
            entropy_bound=base.entropy_bound,
            stability=STEPS + 1,
            confidence=base.confidence,
        )


class _Clock:
    """Notes when each step ended."""

    def __init__(self) -> None:
        self._ends = [time.perf_counter()]

    def step(self) -> None:
        self._ends.append(time.perf_counter())

    def run(self) -> Run:
        began, *ends = self._ends
        if len(ends) != STEPS:
            raise RuntimeError(f"{len(ends)} steps ran instead of {STEPS}")
        steps = (1000 * (b - a) for a, b in itertools.pairwise(ends))
        return Run(1000 * (ends[-1] - began), tuple(steps))


class _StepStreamer:
    """`generate` calls `put_draft` after each denoising step."""

    def __init__(self, clock: _Clock) -> None:
        self._clock = clock

    def put(self, value: object) -> None: ...

    def end(self) -> None: ...

    def put_draft(self, value: object) -> None:
        self._clock.step()


@contextlib.contextmanager
def _canvas_length(config: DiffusionGemmaConfig, slots: int) -> Iterator[None]:
    before = config.canvas_length
    config.canvas_length = slots
    try:
        yield
    finally:
        config.canvas_length = before


def _raise_failure(_: Sequence, __: Outcome, error: BaseException | None) -> None:
    if error is not None:
        raise error
