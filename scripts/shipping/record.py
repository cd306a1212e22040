"""The figures of the weights that ship, as the repository keeps them."""

import hashlib
import json
from pathlib import Path
from typing import Any

from attrs import frozen

ROOT = Path(__file__).resolve().parents[2]
MODEL = Path("engine/diffgem_engine/models/python-small")
SCORECARD = Path("docs/scorecard")
FIGURES, SCORECARD_JSON = SCORECARD / "figures.json", SCORECARD / "scorecard.json"
LATENCY = Path("docs/performance/latency.json")


class OfOthers(Exception):
    """Pages would tell figures of weights that do not ship; the message says what to do."""


@frozen
class Record:
    """`figures`: `weights` (their digest), `machine`, `verdict`, and by their names the reports of
    `lines`, `gate`, `repair` and `humaneval`; `scorecard` and `latency` are what the engine's
    `eval scorecard` and `bench` write.
    """

    figures: dict[str, Any]
    scorecard: dict[str, Any]
    latency: dict[str, Any]


def read(root: Path = ROOT) -> Record:
    places = (FIGURES, SCORECARD_JSON, LATENCY)
    return Record(*(json.loads((root / place).read_text(encoding="utf-8")) for place in places))


def check(record: Record, root: Path = ROOT) -> None:
    """Raises OfOthers."""
    if record.figures["weights"] != digest(root / MODEL):
        raise OfOthers(
            "the figures on record are of other weights than those in place, so no page was "
            "written; run make ship to its end"
        )


def digest(model: Path) -> str:
    """Of the weights alone: what is fitted beside them may be fitted again."""
    found = hashlib.sha256()
    for shard in sorted(model.glob("*.safetensors")):
        found.update(shard.read_bytes())
    return found.hexdigest()[:16]
