"""What the plugin adds to Neovim's start."""

import re
import statistics
import subprocess
from pathlib import Path

from neovims import Program, environment

STARTED = re.compile(r"^([\d.]+) .*--- NVIM STARTED ---", re.MULTILINE)


def start_up(program: Program, home: Path, init: Path, runs: int) -> dict[str, float]:
    """Medians, in milliseconds; with and without the plugin in turn, as machines drift."""
    bare = home / "bare.lua"
    bare.write_text("vim.opt.shortmess:append('I')\n")
    started(program, home, init)  # the first one fills caches
    found: dict[str, list[float]] = {"without": [], "with": []}
    for _ in range(runs):
        found["without"].append(started(program, home, bare))
        found["with"].append(started(program, home, init))
    without, with_it = (statistics.median(each) for each in found.values())
    differences = [one - other for other, one in zip(*found.values(), strict=True)]
    return {
        "start without the plugin": without,
        "start with plugin and setup{}": with_it,
        "start, added (median of pairs)": statistics.median(differences),
    }


def started(program: Program, home: Path, init: Path) -> float:
    log = home / "startuptime"
    log.unlink(missing_ok=True)
    command = [program.path, "--headless", "-n", "-u", init, "--startuptime", log, "+qall!"]
    subprocess.run(
        list(map(str, command)),
        env=environment(program.runtime, home),
        check=True,
        capture_output=True,
    )
    return float(STARTED.findall(log.read_text())[-1])
