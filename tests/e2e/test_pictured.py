"""The model wrote what README's pictures show; and the film of how it did."""

import json
import subprocess

import pictured
import pytest
import scenes
from neovims import SERVER
from terminal import save_recording, terminal

pytestmark = pytest.mark.editor  # as who makes pictures has tmux and the fonts

STEPS = 3  # at least: fewer are no denoising to look at
READ_MS, STEP_MS, END_MS = 1500, 600, 4000  # much slower than it is
TEXT, AT = scenes.typed_in(pictured.TEXT, pictured.HOLE)


@pytest.fixture
def place(box):
    """FILE:LINE:COL of the hole, in the sandbox's folder."""
    (box.folder / pictured.FILE).write_text(TEXT)
    line = TEXT[:AT].count("\n") + 1
    return f"{pictured.FILE}:{line}:{AT - TEXT.rfind(chr(10), 0, AT)}"


@pytest.fixture
def report(box, place):
    command = [SERVER, "complete", place, "--json", "--socket", box.socket]
    where = {"cwd": box.folder, "env": box.environment}
    return json.loads(subprocess.run(command, check=True, capture_output=True, **where).stdout)


@pytest.fixture
def shell(box):
    """As a person has it who has DiffGem on the PATH and an engine that runs."""
    programs = f"{SERVER.parent}:{box.environment['PATH']}"
    own = {"PATH": programs, "DIFFGEM_SOCKET": str(box.socket), "LANG": "C.UTF-8"}
    with terminal(["sh"], box.folder, {**box.environment, **own}, size=(88, 19)) as started:
        started.until(any, "a prompt")
        started.type("PS1='$ '\rclear\r")  # not root's, whoever runs this
        started.until(lambda lines: lines == ["$"], "another prompt")
        yield started


def test_the_canvas_wrote_it(report):
    """README's ghost text was a copy of what stood twice above it."""
    assert [each["text"] for each in report["items"]] == [pictured.WRITTEN]
    assert report["origin"] == "denoised"
    assert report["steps"] >= STEPS
    assert pictured.WRITTEN not in TEXT


def test_the_canvas_is_watched(shell, report, place, pictures):
    title = "diffgem-lsp complete --watch"
    shell.type(f"grep -n -A4 clear {pictured.FILE}\r")
    shell.shows("misses")
    shell.frame(title, READ_MS)
    shell.type(f"diffgem-lsp complete {place} --watch")
    shell.shows("--watch")
    shell.frame(title, READ_MS)
    _, row = shell.cursor()
    shell.type("\r")
    shell.shows("confidence")
    shell.until(lambda lines: lines[-1] == "$", "the prompt")
    shell.unroll(title, row + 1, STEP_MS)
    shell.frame(title, END_MS)
    steps = [line for line in shell.lines() if "│" in line]
    assert len(steps) == report["steps"]
    assert any(f"os.path{pictured.WRITTEN}))" in line for line in shell.lines())
    save_recording(shell.frames, pictures / "watch.webp")
    assert (pictures / "watch.webp").stat().st_size < 400_000
