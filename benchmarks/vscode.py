"""From a key to ghost text in the real VS Code, and the extension's activation.

    scripts/e2e-setup node browser vscode
    .venv/bin/python benchmarks/vscode.py [--keys N] [--rounds N] [--windows N] [--json]

Each key is typed where the engine has not been asked before.  The parts follow one another: VS Code
before it asks the extension, less the 50 ms that it always waits; the extension and its pipe to the
server; the server, from request to reply; VS Code until the text is in the page.

Beside it the same keys with the control alone (editors/vscode/test/control), an extension that
answers with a fixed text at once: what it takes is VS Code's own.  Both take turns, a window each.
"""

import argparse
import json
import re
import statistics
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
for folder in ("tests/e2e/vscode", "tests/e2e", "tests"):
    sys.path.insert(0, str(ROOT / folder))

from browsing import Page, browser  # noqa: E402
from extension import FOLDER, build, hosting, packaged  # noqa: E402
from sandbox import sandbox  # noqa: E402
from serving import install, served, settings_of  # noqa: E402
from window import Window  # noqa: E402

WAIT_MS = 50
OURS = '.runtime-extensions-editor .monaco-list-row:has-text("DiffGem")'
CONTROL = FOLDER / "test" / "control"
Sample = dict[str, Any]
Figures = dict[str, dict[str, float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=30, help="of a round, for each extension")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--windows", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with sandbox() as box, browser(box) as chromium:
        samples = in_turns(box, chromium, given.keys, given.rounds)
        activations = activated(box, chromium, given.windows)
    ours = figures_of([each for each in samples if not each["isControl"]])
    control = figures_of([each for each in samples if each["isControl"]])
    ours["activation"] = spread(activations)
    print(json.dumps({"ours": ours, "control": control}) if given.json else table(ours, control))


def in_turns(box: Any, chromium: Path, keys: int, rounds: int) -> list[Sample]:
    with hosting(box, chromium, box.folder / "host", str(keys), "bench") as host:
        extensions = [build(), CONTROL] * rounds
        samples = [sample for each in extensions for sample in host.run(each)]
    for each in samples:
        assert "error" not in each, each["error"]
    return samples


def figures_of(samples: list[Sample]) -> Figures:
    return {name: spread(values) for name, values in parts(samples).items()}


def parts(samples: list[Sample]) -> dict[str, list[float]]:
    """Of the samples that an engine has answered, one way from the key to the page."""
    asked = [each for each in samples if not each["reused"]]
    return {
        "key to ghost text": [each["drawn"] - each["key"] for each in asked],
        "before asking": [each["asked"] - each["key"] - WAIT_MS for each in asked],
        "extension": [each["answered"] - each["asked"] - each["totalMs"] for each in asked],
        "server's pause": [each["pauseMs"] for each in asked],
        "engine": [each["engineMs"] for each in asked],
        "server": [each["totalMs"] - each["engineMs"] - each["pauseMs"] for each in asked],
        "drawing": [each["drawn"] - each["answered"] for each in asked],
    }


def activated(box: Any, chromium: Path, windows: int) -> list[float]:
    """What VS Code says of the packaged extension, a window each: loading and activating."""
    folder = box.folder / "installed"
    install(box, folder, packaged())
    with served(box, folder, settings_of(box)) as code:
        first = Page(chromium, "first")  # which the walkthrough opens in
        Window(first).open(code.url(folder))
        first.wait(".gettingStartedContainer")
        first.close()
        return [activation(Page(chromium, f"window {each}"), code) for each in range(windows)]


def activation(page: Page, code: Any) -> float:
    window = Window(page)
    window.open(code.url(code.folder))
    window.wait_for_status("Ready")
    window.run_command("Developer: Show Running Extensions")
    page.wait(OURS)
    said = page("textContent", OURS)
    page.close()
    found = re.search(r"DiffGem.*?(\d+)ms", said)
    assert found, said
    return float(found[1])


def spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "n": len(ordered),
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
    }


def table(ours: Figures, control: Figures) -> str:
    """Ours, the control's, and how much more the median of ours is."""
    rows = [f"{'ms':<20}{'p50':>8}{'p95':>8}{'n':>6}{'control':>10}{'p95':>8}{'n':>6}{'more':>8}"]
    for name, our in ours.items():
        row = f"{name:<20}{our['p50']:>8}{our['p95']:>8}{our['n']:>6}"
        if its := control.get(name):
            more = our["p50"] - its["p50"]
            row += f"{its['p50']:>10}{its['p95']:>8}{its['n']:>6}{more:>8.1f}"
        rows.append(row)
    return "\n".join(rows)


if __name__ == "__main__":
    main()
