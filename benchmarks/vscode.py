"""From a key to ghost text in the real VS Code, and the extension's activation.

    scripts/e2e-setup node browser vscode
    .venv/bin/python benchmarks/vscode.py [--keys N] [--windows N] [--json]

Each key is typed where the engine has not been asked before.  The parts follow one another: VS Code
before it asks the extension, less the 50 ms that it always waits; the extension and its pipe to the
server; the server, from request to reply; VS Code until the text is in the page.
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
from extension import build, in_host, packaged  # noqa: E402
from sandbox import sandbox  # noqa: E402
from serving import install, served, settings_of  # noqa: E402
from window import Window  # noqa: E402

WAIT_MS = 50
OURS = '.runtime-extensions-editor .monaco-list-row:has-text("DiffGem")'
COLUMNS = ("p50", "p95", "n")
Sample = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("--windows", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with sandbox() as box, browser(box) as chromium:
        samples = in_host(box, chromium, build(), box.folder / "host", str(given.keys), "bench")
        activations = activated(box, chromium, given.windows)
    figures = {name: spread(values) for name, values in parts(samples).items()}
    figures["activation"] = spread(activations)
    print(json.dumps(figures) if given.json else table(figures))


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


def table(figures: dict[str, dict[str, float]]) -> str:
    rows = [
        f"{name:<20}{each['p50']:>8}{each['p95']:>8}{each['n']:>6}"
        for name, each in figures.items()
    ]
    return "\n".join([f"{'ms':<20}{'p50':>8}{'p95':>8}{'n':>6}", *rows])


if __name__ == "__main__":
    main()
