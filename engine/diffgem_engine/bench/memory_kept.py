"""Memory after many requests against memory after few: what is done leaves nothing behind."""

import gc
import random

import psutil
import torch

from diffgem_engine.bench import driving
from diffgem_engine.bench.figures import Figure, Measurement
from diffgem_engine.bench.setup import Setup
from diffgem_engine.core.engine import Engine

REQUESTS, EARLY = 1000, 0.2  # the share after which the memory should stay
MOST = 1.02  # late / early
FILES = 8
PROMPTS, SLOTS = (16, 40, 64, 100, 128), (4, 8, 12, 16, 24, 32)
TOGETHER = 4  # requests at most


def measure(setup: Setup) -> Measurement:
    """Requests of one step and of many shapes, in turn alone and in batches, over and over for the
    same files.

    `early_mb`, `late_mb` after a fifth and after all of them: what the process has in memory, on a
    GPU what is allocated there, cached prompts aside; `growth`, the later over the earlier.
    """
    engine = Engine(setup.runner, setup.checkpoint.form)
    drawn = random.Random(5)
    count = setup.count(REQUESTS, 20)
    _ask(setup, engine, drawn, int(EARLY * count))
    early = _in_use(setup, engine)
    _ask(setup, engine, drawn, count - int(EARLY * count))
    late = _in_use(setup, engine)
    figures = (
        Figure("growth", late / early, "x", at_most=MOST),
        Figure("early_mb", early, "MB"),
        Figure("late_mb", late, "MB"),
        Figure("requests", count),
    )
    return Measurement("memory, over requests of many shapes", figures)


def _ask(setup: Setup, engine: Engine, drawn: random.Random, count: int) -> None:
    """All shapes and files come soon: what they leave in caches is there early."""
    asked = 0
    while asked < count:
        together = min(drawn.randint(1, TOGETHER), count - asked)
        slots, tokens = drawn.choice(SLOTS), drawn.choice(PROMPTS)
        requests = [
            driving.request(
                setup, driving.prompt(setup, tokens, drawn.randrange(FILES)), slots, steps=1
            )
            for _ in range(together)
        ]
        driving.drive(setup, engine, requests)
        asked += together


def _in_use(setup: Setup, engine: Engine) -> float:
    """MB, but for the prompts that happen to be cached."""
    gc.collect()
    if setup.device.type == "cuda":
        taken = torch.cuda.memory_allocated(setup.device)
    else:
        taken = psutil.Process().memory_info().rss
    return (taken - engine.cache.nbytes) / 1e6
