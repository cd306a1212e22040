"""What figures and log add to a request: the observed front around one that answers at once."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import generate_latest

from diffgem_engine.access.users import LOCAL
from diffgem_engine.backends.modelless import Modelless
from diffgem_engine.bench.figures import Figure, Measurement
from diffgem_engine.bench.setup import Setup
from diffgem_engine.logs.file import LogFile
from diffgem_engine.logs.lines import JsonLines
from diffgem_engine.metrics.metrics import Metrics
from diffgem_engine.protocol import Candidate, Hole, Infill, Result
from diffgem_engine.serving.front import Front
from diffgem_engine.serving.observed import ObservedFront

ROUNDS = 7
MOST_US = 100.0  # of a request, which takes a thousand times as long
LARGE = 10**9  # bytes


class _AtOnce(Modelless):
    async def infill(self, request: Infill, _on_progress: object) -> Result:
        return Result(request.id, (Candidate(("x",), 0.5),), 2, 300, 20, 1.0, 2.0, 3.0)

    async def count(self, texts: object) -> tuple[int, ...]:
        return ()

    async def close(self) -> None: ...


def measure(setup: Setup) -> Measurement:
    """`added_us` to a request, of which `metrics_us` without a log; and a page of /metrics."""
    count = setup.count(2000, 50)
    backend = _AtOnce("none")
    metrics = Metrics(backend.welcome, by_user=True)
    front = Front(backend)
    observed = ObservedFront(front, metrics)
    bare = min(asyncio.run(_each_us(front, count)) for _ in range(ROUNDS))
    with _log_to(logging.NullHandler(), logging.WARNING):
        quiet = min(asyncio.run(_each_us(observed, count)) for _ in range(ROUNDS))
    with TemporaryDirectory() as folder, _log_to(_file(Path(folder)), logging.INFO):
        logged = min(asyncio.run(_each_us(observed, count)) for _ in range(ROUNDS))
    figures = (
        Figure("added_us", logged - bare, "us", at_most=MOST_US),
        Figure("metrics_us", quiet - bare, "us"),
        Figure("page_us", _page_us(metrics), "us"),
    )
    return Measurement("metrics and log of one request", figures)


def _page_us(metrics: Metrics) -> float:
    began = time.perf_counter()
    for _ in range(ROUNDS):
        generate_latest(metrics.registry)
    return 1e6 * (time.perf_counter() - began) / ROUNDS


async def _each_us(front: Front | ObservedFront, count: int) -> float:
    request = Infill(1, "x" * 1000, "", (Hole(8),), trace="5f0c2a9d-118")
    began = time.perf_counter()
    for _ in range(count):
        await front.infill(LOCAL, request, lambda _: None, None)
    return 1e6 * (time.perf_counter() - began) / count


def _file(folder: Path) -> LogFile:
    handler = LogFile(folder / "log", LARGE)
    handler.setFormatter(JsonLines())
    return handler


@contextmanager
def _log_to(handler: logging.Handler, level: int) -> Iterator[None]:
    """There alone: what this command tells is not what is measured."""
    logger = logging.getLogger("diffgem_engine.serving.observed")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = True
        logger.setLevel(before)
        logger.removeHandler(handler)
        handler.close()
