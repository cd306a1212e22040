"""A denoising step against the least that it can take: its bytes and its products."""

from collections.abc import Iterator
from statistics import median

from attrs import frozen

from diffgem_engine.bench import driving
from diffgem_engine.bench.figures import Figure, Measurement
from diffgem_engine.bench.hardware import bandwidth, rate
from diffgem_engine.bench.routing import experts_chosen
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.work import Shape, Work, work_of
from diffgem_engine.core.text_config import text_config

MOST_S = 5.0  # a shape
MOST, MOST_FP8 = 1.25, 1.4  # step / floor


@frozen
class Found:
    """Of one shape: a step, what it cannot do without, and what the device can do."""

    step_ms: float
    work: Work
    experts: float  # chosen, over all layers together
    speed: float  # bytes a second
    rate: float  # products and sums a second

    @property
    def bytes_ms(self) -> float:
        return 1000 * self.work.nbytes / self.speed

    @property
    def flops_ms(self) -> float:
        return 1000 * self.work.flops / self.rate

    @property
    def floor_ms(self) -> float:
        """A device reads and computes at the same time."""
        return max(self.bytes_ms, self.flops_ms)


def measure(setup: Setup) -> Measurement:
    """For every shape, `slotsS_prefixP_batchB_` and:

    `ratio`      the step over its floor
    `step_ms`    the median denoising step, all of it: decoder, head, sampling, renoising
    `floor_ms`   the larger of the next two
    `bytes_ms`   what it must read, over the bandwidth measured for so many bytes
    `flops_ms`   its products, over the rate of a large product
    `mb`, `gflop`, `experts`   those bytes and products; experts chosen, the mean of the layers

    `gflop_s` is the best such rate of the run, `gb_s` the best bandwidth.
    """
    found = {_name(shape): _at(setup, shape) for shape in _shapes(setup)}
    figures = [figure for name, one in found.items() for figure in _figures(setup, name, one)]
    figures.append(Figure("gflop_s", max(one.rate for one in found.values()) / 1e9, "GFLOP/s"))
    figures.append(Figure("gb_s", max(one.speed for one in found.values()) / 1e9, "GB/s"))
    return Measurement("a denoising step against its floor", tuple(figures), groups=tuple(found))


def _shapes(setup: Setup) -> Iterator[Shape]:
    for slots in setup.slots:
        for prompt in setup.prompts:
            for rows in setup.batches:
                yield Shape(slots, prompt, rows)


def _name(shape: Shape) -> str:
    return f"slots{shape.slots}_prefix{shape.prompt}_batch{shape.rows}_"


def _at(setup: Setup, shape: Shape) -> Found:
    requests = [
        driving.request(setup, driving.prompt(setup, shape.prompt, row), shape.slots, seed=row)
        for row in range(shape.rows)
    ]
    experts = experts_chosen(setup, requests)
    work = work_of(setup.checkpoint.model, shape, experts)
    engine = driving.warmed_engine(setup, requests)
    driving.drive(setup, engine, requests)  # warms up
    steps = [
        step
        for _ in setup.rounds(5, 1, MOST_S)
        for step in driving.drive(setup, engine, requests).steps
    ]
    device, dtype = setup.device, setup.runner.dtype
    speed = bandwidth(device, dtype, int(work.nbytes))
    return Found(median(steps), work, experts, speed, rate(device, dtype))


def _figures(setup: Setup, name: str, found: Found) -> Iterator[Figure]:
    most = setup.aim(gpu=MOST, fp8=MOST_FP8) if name.endswith("_batch1_") else None
    layers: int = text_config(setup.checkpoint.model.config).num_hidden_layers
    yield Figure(f"{name}ratio", found.step_ms / found.floor_ms, "x", at_most=most)
    yield Figure(f"{name}step_ms", found.step_ms, "ms")
    yield Figure(f"{name}floor_ms", found.floor_ms, "ms")
    yield Figure(f"{name}bytes_ms", found.bytes_ms, "ms")
    yield Figure(f"{name}flops_ms", found.flops_ms, "ms")
    yield Figure(f"{name}mb", found.work.nbytes / 1e6, "MB")
    yield Figure(f"{name}gflop", found.work.flops / 1e9, "GFLOP")
    yield Figure(f"{name}experts", found.experts / layers)
