"""A hole of 20 slots in 8 steps behind a prompt that is cached: a line, on a GPU."""

from diffgem_engine.bench import driving
from diffgem_engine.bench.figures import Figure, Measurement, spread
from diffgem_engine.bench.setup import Setup

SLOTS, PROMPT = 20, 1024
MOST_MS, MOST_FP8_MS = 180.0, 100.0
MOST_S = 12.0


def measure(setup: Setup) -> Measurement:
    """`median_ms`, `p95_ms` of the whole request where all of its prompt is cached; `key_*` where
    the prompt's last token is new, as after a key.
    """
    tokens = min(PROMPT, setup.checkpoint.form.prompt_tokens)
    count = setup.count(30, 3)
    ids = driving.prompt(setup, tokens)
    cached = driving.request(setup, ids[:-count], SLOTS)
    engine = driving.warmed_engine(setup, [cached])
    driving.drive(setup, engine, [cached])  # warms up
    again, keys = [], []
    for number in setup.rounds(30, 3, MOST_S):
        again.append(driving.drive(setup, engine, [cached]).total)
        typed = driving.request(setup, ids[: tokens - count + number + 1], SLOTS)
        keys.append(driving.drive(setup, engine, [typed]).total)
    most = setup.aim(gpu=MOST_MS, fp8=MOST_FP8_MS)
    figures = (
        *spread("", again, median_at_most=most),
        *spread("key", keys),
        Figure("prompt_tokens", tokens),
    )
    return Measurement(f"a hole of {SLOTS} slots, {driving.STEPS} steps", figures)
