"""The main job in a terminal: holes in code, filled by the embedded model on this machine.

Starts an engine of its own, fills three holes through the language server's own path, and ends
the engine again.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from diffgem_lsp.commands.terminal import forgiving, is_coloured, paint

HOLE = "▁"
ANSWERED = (0, 1)  # exit codes: something to show, or nothing
HOLES = (
    ("what the loop goes over", "largest.py", f'''def largest(items):
    best = items[0]
    for item in {HOLE}:
        if item > best:
            best = item
    return best
'''),
    ("parameters, seen from their use below", "button.py", f'''class Button(Widget):
    def __init__(self, {HOLE}):
        super().__init__(*args, **kwargs)
'''),
    ("an argument, the closing bracket already there", "options.py", f'''import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--quiet", action="store_true")
parser.add_argument("--verbose",{HOLE})
args = parser.parse_args()
'''),
)  # fmt: skip


def place(text: str) -> tuple[str, int, int]:
    """The text without its mark, and the mark's line and column from 1."""
    before, after = text.split(HOLE)
    line = before.count("\n") + 1
    return before + after, line, len(before) - before.rfind("\n")


def show(title: str, text: str) -> None:
    bar, cursor = paint("│", "2", sys.stdout), paint(" ", "7", sys.stdout)
    if not is_coloured(sys.stdout):
        cursor = HOLE
    print("\n" + paint(title, "1", sys.stdout))
    for line in text.splitlines():
        print(f"  {bar} {line.replace(HOLE, cursor)}")
    print(flush=True)


def fill(folder: Path, socket: Path, name: str, text: str) -> bool:
    """Show the canvas of one hole step by step; False if the engine is gone."""
    clean, line, column = place(text)
    file = folder / name
    file.write_text(clean, encoding="utf-8")
    where = f"{file}:{line}:{column}"
    command = [sys.executable, "-m", "diffgem_lsp", "complete", where, "--watch"]
    return subprocess.run([*command, "--socket", str(socket)], check=False).returncode in ANSWERED


@contextmanager
def engine_on(socket: Path, log: Path) -> Iterator[subprocess.Popen[str]]:
    """An engine of our own, ready; what it has to say goes to `log`, or to the user if it fails."""
    serve = [sys.executable, "-m", "diffgem_engine", "serve", "--socket", str(socket)]
    with (
        log.open("w") as errors,
        subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=errors, text=True) as engine,
    ):
        try:
            wait_until_ready(engine.stdout or (), log)
            yield engine
        finally:
            engine.terminate()


def wait_until_ready(output: Iterable[str], log: Path) -> None:
    for line in output:
        print(f"  {line.strip()}", flush=True)
        if "listens on" in line:
            return
    raise SystemExit(f"the engine ended before it was ready:\n{log.read_text()}")


def main() -> None:
    began = time.monotonic()
    forgiving(sys.stdout)
    with tempfile.TemporaryDirectory(prefix="diffgem-") as temporary:
        folder = Path(temporary)
        socket, log = folder / "engine.sock", folder / "engine.log"
        print("starting the engine with the embedded model ...", flush=True)
        with engine_on(socket, log) as engine:
            for title, name, text in HOLES:
                show(title, text)
                # where this one is gone, `complete` would start another
                if engine.poll() is not None or not fill(folder, socket, name, text):
                    raise SystemExit(f"no answer; the engine says:\n{log.read_text()}")
    print(
        f"\n{time.monotonic() - began:.0f} s in all.  Next: docs/walkthroughs/first-completion.md,"
    )
    print("from its second step on: a file of your own, then your editor.")


if __name__ == "__main__":
    main()
