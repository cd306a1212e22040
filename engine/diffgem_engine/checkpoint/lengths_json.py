"""`lengths.json`: how much surer than it should be a checkpoint is of holes of some length.

Measured by `diffgem-engine eval lengths --fit`, of the format `pinned` alone, and read where there
is such a file: any checkpoint may have one beside its config.json.
"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from diffgem_engine.checkpoint.fitted_json import read_fitted
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.formats.pinned import LengthBias

LENGTHS_FILE = "lengths.json"
VERSION = 1  # of what a bias is taken off: see `hypotheses`
KEYS = {"version", "bias"}
MOST = 10.0  # a bias is a difference of probabilities, and NaN is no more than anything


def read_length_bias(folder: Path) -> LengthBias:
    """Of the checkpoint in `folder`; empty where nobody has measured it.

    Raises CheckpointError.
    """
    raw = read_fitted(folder / LENGTHS_FILE, VERSION, "lengths", _complaint)
    return tuple((slots, float(bias)) for slots, bias in raw["bias"]) if raw else ()


def described(bias: LengthBias) -> str:
    """The file's text, a line for each length."""
    rows = ",\n".join(f"  {json.dumps(entry)}" for entry in bias)
    return f'{{\n "version": {VERSION},\n "bias": [\n{rows}\n ]\n}}\n'


def _complaint(raw: dict[str, Any]) -> str | None:
    """What says no bias of any length."""
    if unknown := set(raw) ^ KEYS:
        return f"it must have {', '.join(sorted(KEYS))} and no more: {', '.join(sorted(unknown))}"
    rows = raw["bias"]
    if not isinstance(rows, list) or not all(map(_is_entry, rows)):
        numbers = f"[open slots from 1 to {LONGEST_CANVAS}, number from {-MOST:g} to {MOST:g}]"
        return f"bias must be a list of {numbers}"
    if any(after[0] <= before[0] for before, after in pairwise(rows)):
        return "the open slots of bias must grow from entry to entry"
    return None


def _is_entry(entry: Any) -> bool:
    match entry:
        case [slots, bias]:
            whole, number = type(slots) is int, type(bias) in (int, float)
            return whole and number and 1 <= slots <= LONGEST_CANVAS and abs(bias) <= MOST
    return False
