"""Several canvases of one prompt in a batch, as lengths or seeds are tried, against one alone."""

from statistics import median

from diffgem_engine.bench import driving
from diffgem_engine.bench.figures import Figure, Measurement
from diffgem_engine.bench.setup import Setup

ROWS = 4
MOST = 1.3
MOST_S = 10.0


def measure(setup: Setup) -> Measurement:
    """`ratio`: the median denoising step of four canvases over that of one, of the smallest canvas
    measured; `one_step_ms` and `four_step_ms` are those steps.
    """
    slots, ids = min(setup.slots), driving.prompt(setup, setup.prompts[0])
    four = [driving.request(setup, ids, slots, seed=seed) for seed in range(ROWS)]
    engine = driving.warmed_engine(setup, four[:1])
    crowds = {1: four[:1], ROWS: four}
    steps: dict[int, list[float]] = {count: [] for count in crowds}
    for requests in crowds.values():
        driving.drive(setup, engine, requests)  # warms up
    for _ in setup.rounds(10, 2, MOST_S):
        for count, requests in crowds.items():
            steps[count] += driving.drive(setup, engine, requests).steps
    one, many = median(steps[1]), median(steps[ROWS])
    figures = (
        Figure("ratio", many / one, "x", at_most=setup.aim(gpu=MOST)),
        Figure("one_step_ms", one, "ms"),
        Figure("four_step_ms", many, "ms"),
    )
    return Measurement(f"{ROWS} canvases of {slots} slots in a batch / one", figures)
