"""`gate.json`: how likely a checkpoint's text is right, and from when on it is worth showing.

Fitted by `diffgem-engine eval gate --fit`, and read where there is such a file: any checkpoint may
have one beside its config.json.  The engine shows nothing to anybody: it tells its clients.
"""

import json
import math
from pathlib import Path
from typing import Any

from diffgem_engine.checkpoint.fitted_json import read_fitted
from diffgem_engine.protocol import Gate, Weight

GATE_FILE = "gate.json"
VERSION = 1  # of what the weights are of: see `protocol.Gate`
KEYS = {"version", "least", "agreement", "weights"}
MOST_WEIGHTS = 100
LARGEST = 1e6  # of a weight


def read_gate(folder: Path) -> Gate | None:
    """Of the checkpoint in `folder`; None where nobody has fitted one.  Raises CheckpointError."""
    raw = read_fitted(folder / GATE_FILE, VERSION, "gate", _complaint)
    if raw is None:
        return None
    weights = tuple(Weight(name, float(value)) for name, value in raw["weights"].items())
    return Gate(float(raw["least"]), weights, float(raw["agreement"]))


def described(gate: Gate) -> str:
    """The file's text."""
    weights = {weight.name: weight.value for weight in gate.weights}
    raw = {
        "version": VERSION, "least": gate.least, "agreement": gate.agreement, "weights": weights
    }  # fmt: skip
    return json.dumps(raw, indent=1) + "\n"


def _complaint(raw: dict[str, Any]) -> str | None:
    """What says nothing of any text."""
    if unknown := set(raw) ^ KEYS:
        return f"it must have {', '.join(sorted(KEYS))} and no more: {', '.join(sorted(unknown))}"
    if not (_is_share(raw["least"]) and _is_share(raw["agreement"])):
        return "least and agreement must be numbers from 0 to 1"
    weights = raw["weights"]
    if not isinstance(weights, dict) or len(weights) > MOST_WEIGHTS:
        return f"weights must be an object of at most {MOST_WEIGHTS} numbers"
    if not all(_is_number(value) and abs(value) <= LARGEST for value in weights.values()):
        return f"each of the weights must be a number from {-LARGEST:g} to {LARGEST:g}"
    return None


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0.0 <= value <= 1.0


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
