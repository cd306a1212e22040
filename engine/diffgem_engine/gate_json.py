"""`gate.json`: how sure a checkpoint must be for its text to be worth showing.

Fitted by `diffgem-engine eval gate --fit`, and read where there is such a file: any checkpoint may
have one beside its config.json.  The engine shows nothing to anybody: it tells its clients.
"""

import json
from pathlib import Path
from typing import Any

from attrs import asdict, fields

from diffgem_engine.checkpoint_files import CheckpointError, read_json
from diffgem_engine.protocol import Gate

GATE_FILE = "gate.json"
VERSION = 1  # of what a confidence and an agreement are: see `protocol.Candidate`
NAMES = tuple(each.name for each in fields(Gate))


def read_gate(folder: Path) -> Gate | None:
    """Of the checkpoint in `folder`; None where nobody has fitted one.  Raises CheckpointError."""
    path = folder / GATE_FILE
    if not path.exists():
        return None
    raw = read_json(path)
    if raw.get("version") != VERSION:
        raise CheckpointError(
            f"{path} has version {raw.get('version')!r}, this engine reads {VERSION}: "
            "`diffgem-engine eval gate --fit` writes it anew; or remove it"
        )
    least = {name: value for name, value in raw.items() if name != "version"}
    if set(least) != set(NAMES) or not all(map(_is_share, least.values())):
        raise CheckpointError(
            f"{path} must have {', '.join(NAMES)}, each a number from 0 to 1; copy or fit it "
            "again, or remove it"
        )
    return Gate(**{name: float(value) for name, value in least.items()})


def described(gate: Gate) -> str:
    """The file's text."""
    return json.dumps({"version": VERSION, **asdict(gate)}, indent=1) + "\n"


def _is_share(value: Any) -> bool:
    return type(value) in (int, float) and 0.0 <= value <= 1.0
