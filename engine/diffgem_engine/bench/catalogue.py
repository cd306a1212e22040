"""The measurements by name.  Each loads only what it needs, when it is run."""

from collections.abc import Callable
from importlib import import_module

from diffgem_engine.bench.figures import Measurement
from diffgem_engine.bench.setup import Setup

NAMES = (
    "lsp_start",
    "lsp_overhead",
    "round_trip",
    "loop_vs_generate",
    "small_hole",
    "typing",
    "line_hole",
    "quantized",
)
_MODULES = {"typing": "typing_keys"}  # its own name would read like the standard library's


def measure(name: str, setup: Setup) -> Measurement:
    """Run one of NAMES.  Raises BenchError."""
    module = import_module(f"diffgem_engine.bench.{_MODULES.get(name, name)}")
    run: Callable[[Setup], Measurement] = module.measure
    return run(setup)
