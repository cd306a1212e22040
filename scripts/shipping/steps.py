"""One measurement at a time, each a `diffgem-engine` command whose report is kept."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from attrs import frozen

from shipping.record import ROOT

PATIENCE = 4  # times as long as it usually takes, then it is given up
LEAST_S = 300.0


class StepFailed(Exception):
    """A measurement did not come to an end; the message says which, and why."""


@frozen
class Step:
    """`command` prints its report as JSON, or writes it to `out` below a folder of its own, which
    is then its last argument.  `minutes` is what it takes on two cores.
    """

    name: str
    minutes: float
    command: tuple[str, ...]
    out: str | None = None


def run(steps: Sequence[Step], folder: Path) -> list[dict[str, Any]]:
    """The reports of `steps`, which are measured at the same time, each on a core of its own.

    What was measured in `folder` by the same command is not measured again.  Raises StepFailed.
    """
    with ThreadPoolExecutor(min(len(steps), _cores())) as pool:
        return list(pool.map(lambda step: _run(step, folder, alone=len(steps) == 1), steps))


def minutes_left(steps: Sequence[Step], folder: Path) -> float:
    """Of those that `run` would measure at the same time."""
    left = [step.minutes for step in steps if _kept(step, folder) is None]
    return max([*left, sum(left) / _cores()]) if left else 0.0


def _cores() -> int:
    return os.cpu_count() or 1


def _run(step: Step, folder: Path, *, alone: bool) -> dict[str, Any]:
    if (kept := _kept(step, folder)) is not None:
        print(f"{step.name}: was measured", flush=True)
        return kept
    print(f"{step.name}: about {step.minutes:.0f} minutes ...", flush=True)
    began = time.monotonic()
    report = _measured(step, folder, alone)
    place = folder / f"{step.name}.json"
    part = place.with_suffix(".part")
    part.write_text(json.dumps({"command": step.command, "report": report}, indent=1) + "\n")
    part.replace(place)
    print(f"{step.name}: took {(time.monotonic() - began) / 60:.1f} minutes", flush=True)
    return report


def _kept(step: Step, folder: Path) -> dict[str, Any] | None:
    place = folder / f"{step.name}.json"
    if not place.exists():
        return None
    kept = json.loads(place.read_text())
    report: dict[str, Any] = kept["report"]
    return report if kept["command"] == [*step.command] else None


def _measured(step: Step, folder: Path, alone: bool) -> dict[str, Any]:
    out = folder / step.name
    command = [sys.executable, "-m", "diffgem_engine", *step.command]
    limit_s = max(LEAST_S, 60 * PATIENCE * step.minutes)
    try:
        done = subprocess.run(
            command if step.out is None else [*command, str(out)],
            env=_environment(alone), stdout=subprocess.PIPE, timeout=limit_s, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise StepFailed(f"{step.name} had not ended after {limit_s / 60:.0f} minutes") from error
    if done.returncode:
        raise StepFailed(f"{step.name} failed ({' '.join(command)}); what it said is above")
    text = done.stdout if step.out is None else (out / step.out).read_bytes()
    report: dict[str, Any] = json.loads(text)
    return report


def _environment(alone: bool) -> dict[str, str]:
    """Of the packages of this tree, whatever is installed; a core for each of several."""
    before = os.environ.get("PYTHONPATH")
    path = os.pathsep.join(filter(None, (str(ROOT), str(ROOT / "engine"), before)))
    return {**os.environ, "PYTHONPATH": path, **({} if alone else {"OMP_NUM_THREADS": "1"})}
