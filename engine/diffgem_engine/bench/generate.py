"""Our loop against transformers' `generate` at an equal canvas: with its dynamic cache, and with a
static one, for which it compiles its loop.
"""

import time
from collections.abc import Callable, Sequence
from statistics import median

from attrs import field, frozen

from diffgem_engine.bench.driving import STEPS, Run
from diffgem_engine.bench.figures import Figure, Measurement
from diffgem_engine.bench.loops import Loops
from diffgem_engine.bench.setup import Setup
from diffgem_engine.checkpoint.files import first_line

MOST_S = 10.0  # of the runs of one canvas, what is compiled aside
COMPILE_S = 180.0  # for all canvases: none is begun that would take longer
CPU_TOTAL = 1.5  # generate / ours
GPU_DYNAMIC, GPU_COMPILED = 3.0, 1.5

NOT_COMPILED = "generate was not compiled; on a CPU that takes a minute a canvas: --compiled"


@frozen
class Found:
    """The runs of one canvas; none compiled where that did not work, or was not wanted."""

    ours: list[Run] = field(factory=list)
    dynamic: list[Run] = field(factory=list)
    compiled: list[Run] = field(factory=list)


def measure(setup: Setup) -> Measurement:
    """For each canvas N, `canvasN_` and:

    `speedup`, `compiled_speedup`   generate / ours, the median denoising step
    `total`, `compiled_total`       the same of whole runs, a cold prefill included
    `ours_ms`, `generate_ms`, `compiled_ms`   those steps

    Those that are `compiled` are of the static cache, and are there where it was compiled.
    """
    loops, compiler = Loops(setup), _Compiler(setup)
    figures: list[Figure] = []
    for slots in setup.slots:
        loops.ours(slots), loops.theirs(slots)  # warms up
        found = _run(setup, loops, slots, compiled=compiler.ready(loops, slots))
        figures += _figures(setup, f"canvas{slots}", found)
    loops.forget_compiled()
    title = f"generate / ours, equal canvas, {STEPS} steps"
    groups = tuple(f"canvas{slots}_" for slots in setup.slots)
    return Measurement(title, tuple(figures), tuple(compiler.notes), groups)


class _Compiler:
    """Has transformers compile its loop; `notes` say where it did not, and why."""

    def __init__(self, setup: Setup) -> None:
        self._wanted, self._spent = setup.compiles, list[float]()
        self.notes = [] if self._wanted else [NOT_COMPILED]

    def ready(self, loops: Loops, slots: int) -> bool:
        """Whether it is compiled for this canvas; two runs have warmed it up."""
        if not self._wanted:
            return False
        loops.forget_compiled()
        if self._spent and sum(self._spent) + max(self._spent) > COMPILE_S:
            took = sum(self._spent)
            self.notes.append(
                f"generate was not compiled for {slots} slots: others took {took:.0f} s"
            )
            return False
        began = time.perf_counter()
        try:
            for _ in range(2):
                loops.theirs(slots, compiled=True)
        except Exception as error:  # of torch's compiler, which raises whatever it stumbles over
            why = first_line(error)
            self.notes.append(f"generate could not be compiled for {slots} slots: {why}")
            loops.forget_compiled()
            return False
        finally:
            self._spent.append(time.perf_counter() - began)
        return True


def _run(setup: Setup, loops: Loops, slots: int, *, compiled: bool) -> Found:
    """Interleaved, whoever shares the machine then slows all alike; who is first takes turns."""
    found = Found()
    kinds: list[Callable[[], None]] = [
        lambda: found.ours.append(loops.ours(slots)),
        lambda: found.dynamic.append(loops.theirs(slots)),
    ]
    if compiled:
        kinds.append(lambda: found.compiled.append(loops.theirs(slots, compiled=True)))
    for number in setup.rounds(12, 2, MOST_S):
        first = number % len(kinds)
        for run in (*kinds[first:], *kinds[:first]):
            run()
    return found


def _figures(setup: Setup, name: str, found: Found) -> list[Figure]:
    ours = _step(found.ours)
    dynamic, total = _step(found.dynamic), _total(found.ours, found.dynamic)
    figures = [
        Figure(f"{name}_speedup", dynamic / ours, "x", at_least=setup.aim(gpu=GPU_DYNAMIC)),
        Figure(f"{name}_total", total, "x", at_least=setup.cpu_aim(CPU_TOTAL)),
        Figure(f"{name}_ours_ms", ours, "ms"),
        Figure(f"{name}_generate_ms", dynamic, "ms"),
    ]
    if found.compiled:
        step, least = _step(found.compiled), setup.aim(gpu=GPU_COMPILED)
        figures += [
            Figure(f"{name}_compiled_speedup", step / ours, "x", at_least=least),
            Figure(f"{name}_compiled_total", _total(found.ours, found.compiled), "x"),
            Figure(f"{name}_compiled_ms", step, "ms"),
        ]
    return figures


def _total(ours: Sequence[Run], theirs: Sequence[Run]) -> float:
    return median(their.total / our.total for our, their in zip(ours, theirs, strict=True))


def _step(runs: Sequence[Run]) -> float:
    return median(ms for run in runs for ms in run.steps)
