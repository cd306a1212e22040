"""Our loop against `generate` at an equal canvas: what our own loop may cost is nothing."""

from statistics import median

from diffgem_engine.bench.figures import Figure, Measurement, spread
from diffgem_engine.bench.loops import STEPS, pairs
from diffgem_engine.bench.setup import Setup

SLOTS = (64, 256)
MOST = 1.0  # ours / generate


def measure(setup: Setup) -> Measurement:
    """For each canvas N: `canvasN_median`, `canvasN_p95`, ours/generate of whole runs in pairs,
    prefill included; `canvasN_step`, ours/generate of the median denoising step; and that step of
    each, `canvasN_ours_step_ms` and `canvasN_generate_step_ms`.
    """
    figures = [figure for slots in SLOTS for figure in _at(setup, slots)]
    return Measurement(f"ours / generate, equal canvas, {STEPS} steps", tuple(figures))


def _at(setup: Setup, slots: int) -> list[Figure]:
    runs = [*pairs(setup, slots, slots)]
    name = f"canvas{slots}"
    ours = median(ms for run, _ in runs for ms in run.steps)
    theirs = median(ms for _, run in runs for ms in run.steps)
    ratios = [our.total / their.total for our, their in runs]
    return [
        *spread(name, ratios, "x", median_at_most=MOST),
        Figure(f"{name}_step", ours / theirs, "x", at_most=MOST),
        Figure(f"{name}_ours_step_ms", ours, "ms"),
        Figure(f"{name}_generate_step_ms", theirs, "ms"),
    ]
