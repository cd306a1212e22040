"""The measurements by name.  Each loads only what it needs, when it is run."""

from collections.abc import Callable
from importlib import import_module

from diffgem_engine.bench.figures import BenchError, Measurement
from diffgem_engine.bench.setup import Setup

NAMES = (
    "lsp_start",
    "lsp_overhead",
    "lsp_index",
    "round_trip",
    "gateway",
    "observing",
    "floor",
    "generate",
    "small_hole",
    "hole20",
    "rows",
    "concurrency",
    "cancel",
    "typing",
    "line_hole",
    "typists",
    "memory",
    "quantized",
)
# Of any weights.  The others are of the language server alone, start an engine that loads a
# checkpoint's files, or ask what the weights know.
OF_WEIGHTS = (
    *("floor", "generate", "small_hole", "hole20", "rows"),
    *("concurrency", "cancel", "typing", "memory"),
)
WITHOUT_WEIGHTS = (
    *("lsp_start", "lsp_overhead", "lsp_index", "round_trip"),
    *("gateway", "observing"),
)
_MODULES = {"typing": "typing_keys", "memory": "memory_kept"}  # their own would read like others


def usual(setup: Setup) -> tuple[str, ...]:
    """What is measured unless somebody asks for less."""
    return NAMES if setup.random is None else OF_WEIGHTS


def measure(name: str, setup: Setup) -> Measurement:
    """Run one of NAMES.  Raises BenchError, also where the device fails or has no memory for it."""
    if name not in usual(setup):
        raise BenchError(
            f"{name} is not measured with --random-weights: give --model, or nothing for the "
            "embedded model"
        )
    module = import_module(f"diffgem_engine.bench.{_MODULES.get(name, name)}")
    run: Callable[[Setup], Measurement] = module.measure
    return _within_memory(run, setup)


def _within_memory(run: Callable[[Setup], Measurement], setup: Setup) -> Measurement:
    import torch  # noqa: PLC0415 - takes seconds

    from diffgem_engine.checkpoint.files import first_line  # noqa: PLC0415

    try:
        return run(setup)
    except torch.OutOfMemoryError as error:
        raise BenchError(
            f"{setup.device} has no memory left; give less of --slots, --prefix and "
            "--batch, or --quantize"
        ) from error
    except RuntimeError as error:  # what was measured before it is not lost
        raise BenchError(
            f"it failed on {setup.device}: {first_line(error)}; give another --device"
        ) from error
