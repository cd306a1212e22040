"""A hole of 16 slots against the full canvas that `generate` always denoises."""

from statistics import median

from diffgem_engine.bench.driving import STEPS
from diffgem_engine.bench.figures import Figure, Measurement, spread
from diffgem_engine.bench.loops import pairs
from diffgem_engine.bench.setup import Setup

HOLE, FULL = 16, 256
LEAST = 5.0  # generate / ours


def measure(setup: Setup) -> Measurement:
    """`speedup`: the median denoising step of generate / ours; `*_step_ms` are those steps.

    `total_*`: whole runs in pairs, a cold prefill of the same prompt included on both sides.
    """
    runs = [*pairs(setup, HOLE, FULL)]
    ours = median(ms for run, _ in runs for ms in run.steps)
    theirs = median(ms for _, run in runs for ms in run.steps)
    figures = [
        Figure("speedup", theirs / ours, "x", at_least=None if setup.random == "tiny" else LEAST),
        Figure("ours_step_ms", ours, "ms"),
        Figure("generate_step_ms", theirs, "ms"),
        *spread("total", [their.total / our.total for our, their in runs], "x"),
    ]
    return Measurement(f"generate, 256 slots / ours, 16 slots, {STEPS} steps", tuple(figures))
