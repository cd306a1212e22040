"""The scorecard's three plots, as SVG."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

MODEL, OTHER, IDEAL = "#2f6fde", "#9aa4b2", "#c8ccd4"
SIZE = (6.0, 3.6)  # inches


def quality_against_latency(by_steps: dict[str, dict[str, Any]], path: Path) -> None:
    """A point for every number of steps."""
    rows = {name: row for name, row in by_steps.items() if name != "default"}
    with plot(path, "Exact match against latency, by most steps") as axes:
        latencies = [row["latency_p50_ms"] for row in rows.values()]
        for key, colour, name in (
            ("exact_match", MODEL, "what users are shown"),
            ("written_exact_match", OTHER, "what the canvas held"),
        ):
            shares = [100 * row[key] for row in rows.values()]
            axes.plot(latencies, shares, "o-", color=colour, label=name)
            for steps, x, y in zip(rows, latencies, shares, strict=True):
                axes.annotate(steps, (x, y), textcoords="offset points", xytext=(4, 5), fontsize=8)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("median latency, ms")
        axes.set_ylabel("exact match, %")
        axes.legend(frameon=False)


def length_error(kinds: dict[str, dict[str, Any]], path: Path) -> None:
    """What was written, in tokens of what was right, by kind."""
    with plot(path, "Length of what was written, right = 1") as axes:
        names = list(kinds)
        ratios = [kinds[name]["length_error"]["ratio"] or 0.0 for name in names]
        axes.bar(names, ratios, color=MODEL, width=0.6)
        axes.axhline(1.0, color=IDEAL, zorder=0)
        axes.set_ylabel("tokens written / right")


def calibration(figures: dict[str, Any], path: Path) -> None:
    """How often it was right, by the confidence; bars are as wide as their bins."""
    with plot(path, f"Calibration, error {figures['error'] or 0.0:.2f}") as axes:
        rows = [row for row in figures["bins"] if row["n"]]
        axes.plot([0, 1], [0, 1], color=IDEAL, zorder=0)
        axes.bar(
            [(row["from"] + row["to"]) / 2 for row in rows],
            [row["exact_match"] for row in rows],
            width=0.09, color=MODEL,
        )  # fmt: skip
        for row in rows:
            axes.annotate(
                str(row["n"]), ((row["from"] + row["to"]) / 2, row["exact_match"]),
                textcoords="offset points", xytext=(0, 3), ha="center", fontsize=8,
            )  # fmt: skip
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("confidence")
        axes.set_ylabel("share exactly right")


@contextmanager
def plot(path: Path, title: str) -> Iterator[Axes]:
    """The same bytes for the same figures: no date, no random names."""
    with mpl.rc_context({"svg.hashsalt": "diffgem", "font.size": 9}):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(title, fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        yield axes
        figure.savefig(path, format="svg", metadata={"Date": None})
