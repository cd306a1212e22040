"""What a run says of itself: a bar on a terminal, lines elsewhere, and `log.jsonl`."""

import json
import statistics
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tqdm import tqdm

from diffgem_engine.output import mention

LOG_EVERY_STEPS = 20
LOG_EVERY_S = 20.0  # steps take seconds: a line comes within half a minute

Losses = dict[str, float]
Unit = Literal["min", "steps"]


class Progress:
    """A line for every so many steps or seconds, with the mean losses since the line before.

    The bar is what is spent of the budget.
    """

    def __init__(self, path: Path, budget: float, spent: float, unit: Unit = "min") -> None:
        self._path, self._budget, self._unit = path, budget, unit
        self._recent: list[Losses] = []
        self._tokens = 0
        self._logged = time.monotonic()
        self._bar = tqdm(
            total=round(budget, 2), initial=min(spent, budget), unit=unit,
            disable=sys.stderr is None or not sys.stderr.isatty(),
            bar_format="{percentage:3.0f}% |{bar}| {n:.1f} of {total:.1f} {unit}{postfix}",
        )  # fmt: skip

    def add(self, losses: Losses, tokens: int, spent: float) -> None:
        """After a step over `tokens`, so far into the budget."""
        self._recent.append(losses)
        self._tokens += tokens
        self._bar.n = min(spent, self._budget)

    def is_due(self, step: int) -> bool:
        waited = time.monotonic() - self._logged
        return step % LOG_EVERY_STEPS == 0 or waited >= LOG_EVERY_S

    def log(self, line: dict[str, float]) -> None:
        """`line` with the losses added, and the tokens a second, since the last call."""
        now = time.monotonic()
        means = {name: round(value, 4) for name, value in _mean(self._recent).items()}
        line = {
            **line,
            "tokens_per_s": round(self._tokens / max(now - self._logged, 1e-6)),
            **means,
        }
        with suppress(OSError), self._path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")  # a full disk: what matters is said below as well
        said = " ".join(f"{name} {value}" for name, value in line.items())
        if self._bar.disable:
            mention(said)
        else:
            left = max(0.0, self._budget - self._bar.n)
            rest = _duration(left) if self._unit == "min" else f"{left:.0f} steps"
            self._bar.set_postfix_str(f"{rest} left, {_short(line)}")
        self._recent.clear()
        self._tokens, self._logged = 0, now

    def say(self, text: str) -> None:
        """A line of its own, above the bar."""
        with self._bar.external_write_mode():
            mention(text)

    def close(self) -> None:
        self._bar.close()


def _duration(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes >= 2 else f"{60 * minutes:.0f} s"


def _short(line: dict[str, float]) -> str:
    losses = {name: line[name] for name in ("encoder", "canvas") if name in line}
    said = ", ".join(f"{name} {value:.2f}" for name, value in losses.items())
    return f"{line['tokens_per_s']} tokens/s, {said}"


def _mean(losses: list[Losses]) -> Losses:
    """Of each loss, over the steps that had it."""
    names = {name for each in losses for name in each}
    return {
        name: statistics.fmean(each[name] for each in losses if name in each)
        for name in sorted(names)
    }
