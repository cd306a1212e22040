"""A denoising step against the least that it can take: its bytes and its products."""

from collections.abc import Iterator
from statistics import median

from diffgem_engine.bench import driving
from diffgem_engine.bench.figures import Figure, Measurement
from diffgem_engine.bench.hardware import bandwidth, rate
from diffgem_engine.bench.routing import experts_chosen
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.work import Shape, work_of

MOST_S = 8.0  # a shape
MOST, MOST_FP8 = 1.25, 1.4  # step / floor


def measure(setup: Setup) -> Measurement:
    """For every shape, `slotsS_prefixP_batchB_` and:

    `ratio`      the step over its floor
    `step_ms`    the median denoising step, all of it: decoder, head, sampling, renoising
    `floor_ms`   the larger of the next two
    `bytes_ms`   what it must read, over the bandwidth measured for so many bytes
    `flops_ms`   its products, over the rate of a large product
    `mb`, `gflop`, `experts`   those bytes and products; experts chosen, the mean of the layers

    `rate_gflop_s` is that rate, `bandwidth_gb_s` the bandwidth of the last shape.
    """
    dtype = setup.runner.dtype
    peak = rate(setup.device, dtype)
    figures: list[Figure] = []
    speed = 0.0
    for shape in _shapes(setup):
        found, speed = _at(setup, shape, peak)
        figures += found
    figures.append(Figure("rate_gflop_s", peak / 1e9, "GFLOP/s"))
    figures.append(Figure("bandwidth_gb_s", speed / 1e9, "GB/s"))
    return Measurement("a denoising step against its floor", tuple(figures))


def _shapes(setup: Setup) -> Iterator[Shape]:
    for slots in setup.slots:
        for prompt in setup.prompts:
            for rows in setup.batches:
                yield Shape(slots, prompt, rows)


def _at(setup: Setup, shape: Shape, peak: float) -> tuple[list[Figure], float]:
    """Its figures, and bytes a second."""
    model = setup.checkpoint.model
    requests = [
        driving.request(setup, driving.prompt(setup, shape.prompt, row), shape.slots, seed=row)
        for row in range(shape.rows)
    ]
    chosen = experts_chosen(setup, requests)
    work = work_of(model, shape, chosen)
    speed = bandwidth(setup.device, setup.runner.dtype, int(work.nbytes))
    engine = driving.warmed_engine(setup, requests)
    driving.drive(setup, engine, requests)  # warms up
    steps = [
        step
        for _ in setup.rounds(5, 1, MOST_S)
        for step in driving.drive(setup, engine, requests).steps
    ]
    bytes_ms, flops_ms = 1000 * work.nbytes / speed, 1000 * work.flops / peak
    floor, step = max(bytes_ms, flops_ms), median(steps)
    name = f"slots{shape.slots}_prefix{shape.prompt}_batch{shape.rows}"
    most = setup.aim(gpu=MOST, fp8=MOST_FP8) if shape.rows == 1 else None
    return [
        Figure(f"{name}_ratio", step / floor, "x", at_most=most),
        Figure(f"{name}_step_ms", step, "ms"),
        Figure(f"{name}_floor_ms", floor, "ms"),
        Figure(f"{name}_bytes_ms", bytes_ms, "ms"),
        Figure(f"{name}_flops_ms", flops_ms, "ms"),
        Figure(f"{name}_mb", work.nbytes / 1e6, "MB"),
        Figure(f"{name}_gflop", work.flops / 1e9, "GFLOP"),
        Figure(f"{name}_experts", chosen / len(model.model.decoder.layers)),
    ], speed
