"""The project's scripts, which are no package."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def script(*parts):
    """The module in a file below `scripts`."""
    path = ROOT.joinpath("scripts", *parts)
    spec = importlib.util.spec_from_file_location(f"script_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
