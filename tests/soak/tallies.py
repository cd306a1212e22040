"""What came of a load: every request's one reply, and how long it took."""

import json
import os
from pathlib import Path
from statistics import median

from attrs import define, field

from diffgem_engine.bench.figures import p95


@define
class Tally:
    """`lost` had no reply in time, `doubled` one more than one, `foreign` that of another."""

    asked: int = 0
    answered: int = 0
    cancelled: int = 0
    refused: int = 0
    lost: int = 0
    doubled: int = 0
    foreign: int = 0
    queued: int = 0  # words about who is ahead
    latencies: list[float] = field(factory=list, repr=False)  # ms, of what was answered

    @property
    def wrong(self):
        return self.lost, self.doubled, self.foreign

    @property
    def settled(self):
        return self.asked == self.answered + self.cancelled + self.refused

    def figures(self):
        names = ("asked", "answered", "cancelled", "refused", "lost", "doubled", "foreign")
        figures = {name: getattr(self, name) for name in names}
        if self.latencies:
            figures["median_ms"] = round(median(self.latencies), 2)
            figures["p95_ms"] = round(p95(self.latencies), 2)
        return figures


def report(name, figures):
    """As a table, and as JSON in the folder that DIFFGEM_SOAK_OUT names."""
    print(f"\n{name}")
    for key, value in figures.items():
        print(f"  {key:<28} {value:>12}")
    if folder := os.environ.get("DIFFGEM_SOAK_OUT"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
