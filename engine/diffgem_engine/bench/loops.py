"""Our denoising loop and transformers' `generate`, timed step by step on the same weights.

Both start from nothing but the prompt's ids, and take the same number of steps.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from transformers import DiffusionGemmaConfig
from transformers.generation.streamers import BaseStreamer

from diffgem_engine.bench import driving
from diffgem_engine.bench.driving import Clock, Run
from diffgem_engine.bench.setup import Setup

MOST_S = 8.0  # of the runs of one canvas
COMPILED = "_compiled_"  # attributes in which transformers keeps what it compiled


class Loops:
    """Of one prompt, the first length of the setup."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._prompt = driving.prompt(setup, setup.prompts[0])

    def ours(self, slots: int) -> Run:
        """A new engine, so that no prefix is cached."""
        setup = self._setup
        request = driving.request(setup, self._prompt, slots)
        return driving.drive(setup, driving.new_engine(setup), [request])

    def theirs(self, slots: int, *, compiled: bool = False) -> Run:
        """With a dynamic cache; or with a static one, and then transformers compiles its loop."""
        setup, params = self._setup, driving.sampling(self._setup)
        model = setup.checkpoint.model
        ids: Any = torch.tensor([self._prompt], device=setup.device)
        with _canvas_length(model.config, slots):
            clock = Clock(setup.device)
            model.generate(
                ids,
                streamer=_StepStreamer(clock),
                max_new_tokens=slots,
                max_denoising_steps=params.steps,
                stability_threshold=params.stability,
                t_max=params.temperature_start,
                t_min=params.temperature_end,
                eos_token_id=None,
                cache_implementation="static" if compiled else None,
            )
        return clock.run()

    def forget_compiled(self) -> None:
        """Or what was compiled for one canvas would be compiled again for any, and be slower."""
        model = self._setup.checkpoint.model
        for name in [name for name in vars(model) if name.startswith(COMPILED)]:
            delattr(model, name)
        torch.compiler.reset()


def pairs(setup: Setup, ours: int, theirs: int) -> Iterator[tuple[Run, Run]]:
    """Runs of ours on a canvas of `ours` slots and of theirs on one of `theirs`, interleaved.

    Whoever shares the machine then slows both alike; who goes first takes turns.
    """
    loops = Loops(setup)
    loops.ours(ours), loops.theirs(theirs)  # warms up
    for number in setup.rounds(12, 2, MOST_S):
        if number % 2:
            second = loops.theirs(theirs)
            yield loops.ours(ours), second
        else:
            yield loops.ours(ours), loops.theirs(theirs)


class _StepStreamer(BaseStreamer):
    """`generate` calls `put_draft` after each denoising step."""

    def __init__(self, clock: Clock) -> None:
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
