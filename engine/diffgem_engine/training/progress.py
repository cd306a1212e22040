"""What a run says of itself, on the terminal and in `log.jsonl`."""

import json
import statistics
import time
from pathlib import Path

LOG_EVERY_STEPS = 20
LOG_EVERY_S = 20.0  # steps take seconds: a line comes within half a minute

Losses = dict[str, float]


class Progress:
    """A line for every so many steps or seconds, with the mean losses since the line before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._recent: list[Losses] = []
        self._logged = time.monotonic()

    def add(self, losses: Losses) -> None:
        self._recent.append(losses)

    def is_due(self, step: int) -> bool:
        waited = time.monotonic() - self._logged
        return step % LOG_EVERY_STEPS == 0 or waited >= LOG_EVERY_S

    def log(self, line: dict[str, float]) -> None:
        """`line` with the losses added since the last call."""
        means = {name: round(value, 4) for name, value in _mean(self._recent).items()}
        line = {**line, **means}
        with self._path.open("a") as log:
            log.write(json.dumps(line) + "\n")
        print(" ".join(f"{name} {value}" for name, value in line.items()), flush=True)
        self._recent.clear()
        self._logged = time.monotonic()


def _mean(losses: list[Losses]) -> Losses:
    """Of each loss, over the steps that had it."""
    names = {name for each in losses for name in each}
    return {
        name: statistics.fmean(each[name] for each in losses if name in each)
        for name in sorted(names)
    }
