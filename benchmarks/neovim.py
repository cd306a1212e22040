"""Neovim with the plugin, measured in the real editors: python benchmarks/neovim.py [--json]

From the last key to ghost text on the screen, split into Neovim, language server and engine, over
places of this repository's own sources; and what the plugin adds to Neovim's start.  The editors
are those of scripts/e2e-setup, the engine is one of its own with the embedded model.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / each) for each in ("tests", "tests/e2e", "tests/e2e/neovim")]

from embedded import Neovim, neovim  # noqa: E402
from neovim_starts import start_up  # noqa: E402
from neovims import VERSIONS, options, program, write_init  # noqa: E402
from sandbox import Sandbox, sandbox  # noqa: E402

DEBOUNCE_MS = {"0.12": 200.0, "0.11": 15.0}  # Neovim's own; that of the plugin's ghost.lua
SOURCES = ("documents.py", "edits.py", "snapshots.py", "requests.py")
PATIENCE_S = 10
Figures = dict[str, float]


def places(seed: int) -> Iterator[tuple[str, int, int]]:
    """A file, a row, and a column where a word begins, in the middle of a line of code."""
    draw = random.Random(seed)
    texts = {name: (ROOT / "diffgem_lsp" / name).read_text().split("\n") for name in SOURCES}
    while True:
        name = draw.choice(SOURCES)
        row = draw.randrange(len(texts[name]))
        words = texts[name][row].split(" ")
        if len(words) > 5 and texts[name][row].isascii():
            yield name, row, len(" ".join(words[: draw.randrange(4, len(words))])) + 1


def measured(nvim: Neovim, place: tuple[str, int, int]) -> tuple[float, int] | None:
    """The line's rest is cut off and its next two characters are typed."""
    name, row, column = place
    nvim.open(name)
    rest = nvim.api.current.buffer[row][column:]
    nvim.api.current.window.cursor = (row + 1, column)
    nvim.keys("C")
    for char in rest[:2]:
        nvim.type(char)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        time.sleep(0.1)
        found = nvim.lua("return require('stopwatch').took()")
        if found:
            return found[0], found[1]
        if is_answered(nvim):
            return None
    return None


def is_answered(nvim: Neovim) -> bool:
    """By nothing: the gate finds nothing here that is worth showing."""
    timings = nvim.seen("ask", "diffgem/timings")["timings"]
    version = nvim.lua("return vim.lsp.util.buf_versions[vim.api.nvim_get_current_buf()]")
    return bool(timings) and timings[-1]["version"] == version and not timings[-1]["shown"]


def split(total: float, timing: dict[str, Any], debounce: float) -> Figures:
    server = timing["totalMs"] - timing["engineMs"] - timing["pauseMs"]
    beyond = total - debounce - timing["totalMs"]
    return {
        "key to ghost text": total,
        "Neovim's debounce": debounce,
        "Neovim and plugin, beyond it": beyond,
        "server": server,
        "server waiting for a pause": timing["pauseMs"],
        "engine": timing["engineMs"],
    }


def keys_to_ghost_text(nvim: Neovim, version: str, samples: int) -> list[Figures]:
    nvim.lua("require('stopwatch').start()")
    found: list[Figures] = []
    for place in places(1):
        took = measured(nvim, place)
        if took:
            timings = nvim.seen("ask", "diffgem/timings")["timings"]
            of_it = [each for each in timings if each["shown"] and each["version"] == took[1]]
            if of_it:
                found.append(split(took[0], of_it[-1], DEBOUNCE_MS[version]))
        nvim.keys("<Esc>u")
        if len(found) == samples:
            return found
    return found


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(found: list[Figures]) -> dict[str, Figures]:
    return {
        name: {
            "p50": statistics.median(each[name] for each in found),
            "p95": quantile([each[name] for each in found], 0.95),
        }
        for name in found[0]
    }


def bench(version: str, box: Sandbox, samples: int, starts: int) -> dict[str, Any]:
    home = box.folder / version
    (home / "work").mkdir(parents=True)
    for name in SOURCES:
        (home / "work" / name).write_bytes((ROOT / "diffgem_lsp" / name).read_bytes())
    (home / "work" / ".git").mkdir()
    init = write_init(home / "init.lua", options(box.socket))
    report: dict[str, Any] = {"start": start_up(program(version), home, init, starts)}
    with neovim(program(version), home, init, home / "work") as nvim:
        report["samples"] = samples
        report["keys"] = summary(keys_to_ghost_text(nvim, version, samples))
    return report


def show(version: str, report: dict[str, Any]) -> None:
    print(f"Neovim {version}, {report['samples']} suggestions   p50 ms   p95 ms")
    for name, figures in report["keys"].items():
        print(f"  {name:32} {figures['p50']:8.1f} {figures['p95']:8.1f}")
    for name, value in report["start"].items():
        print(f"  {name:32} {value:8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="print figures for programs")
    parser.add_argument("--samples", type=int, default=60, help="suggestions of each version")
    parser.add_argument("--starts", type=int, default=40, help="starts of each kind")
    given = parser.parse_args()
    with sandbox() as box:
        reports = {each: bench(each, box, given.samples, given.starts) for each in VERSIONS}
    if given.json:
        print(json.dumps(reports, indent=2))
    else:
        for version, report in reports.items():
            show(version, report)


if __name__ == "__main__":
    main()
