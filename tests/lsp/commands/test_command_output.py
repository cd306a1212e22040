"""Where the output goes: a terminal, a pipe, a full disk, nowhere."""

import io
import os
import shlex
import subprocess
import sys

import pytest

from diffgem_engine.protocol import Gate
from diffgem_lsp.commands import origins
from diffgem_lsp.inline.completion import Completion
from diffgem_lsp.options import Options
from diffgem_lsp.snapshots import Snapshot


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_the_completion_stands_in_its_line(complete, file, monkeypatch):
    """The bare text says nothing of where it goes."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    file.write_text("is (on)\n")
    complete(f"{file}:1:5")
    line, facts, _ = terminal.getvalue().split("\n")
    assert line == "is (\x1b[1;36mIS (\x1b[0mon)"
    assert all(word in facts for word in (" ms", "2 steps", "confidence 0.50"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("copied", ", 2 steps, then a text of the document, confidence 0.50"),
        ("copied now", ", as elsewhere in the document, confidence 0.50"),
    ],
)
def test_the_figures_say_that_a_copy_won(complete, file, monkeypatch, line, words):
    """Two steps were told for a text that no step had made."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    file.write_text(f"{line}\n")
    complete(f"{file}:1:{len(line) + 1}")
    assert words in terminal.getvalue()


@pytest.mark.parametrize(
    ("text", "least", "words"),
    [
        ("x = abs(1)\n", 0.51, "kept quiet while you type: confidence 0.50"),
        ("x = abs(1)\n", 0.5, ""),
        ("abs(1)\n", 0.5, "kept quiet while you type: it repeats the line above"),
    ],
)
def test_what_stays_quiet_while_you_type_is_told(text, least, words):
    """A completion that the editor never shows was taken for what it does."""
    found = Completion("abs(1)", 0.5, steps=1, origin="denoised", kind="rest of line")
    snapshot = Snapshot.of(text, len(text), "python")
    quiet = origins.when_typed(found, snapshot, Options(), Gate(least, ()))
    assert quiet == words


def test_colours_can_be_turned_off(complete, file, monkeypatch):
    """NO_COLOR held for --watch alone."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    complete(f"{file}:1:3", "--watch")
    assert "ON" in terminal.getvalue()
    assert "\x1b" not in terminal.getvalue()


def to_a_shell(socket, arguments, redirected, **environment):
    """The real command with its output `redirected`: the exit code and what it complained of."""
    command = shlex.join([sys.executable, "-m", "diffgem_lsp", *arguments, "--socket", socket])
    script = f"{command} {redirected}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
        timeout=60,
    )
    return done.stdout.split()[-1], done.stderr


@pytest.mark.parametrize("command", ["complete", "watch", "json", "doctor"])
@pytest.mark.parametrize(
    ("redirected", "codes", "words"),
    [
        ("| true", ("141", "0"), ""),  # 0 where it was faster than its reader's end
        (
            "> /dev/full",
            ("4",),
            "cannot write the output: No space left on device; make room, or send it elsewhere",
        ),
        (">&-", ("0",), ""),
    ],
)
def test_output_that_goes_nowhere(socket, file, command, redirected, codes, words):
    """A traceback for each line, and the exit code of another failure."""
    place, flag = ["complete", f"{file}:1:3"], f"--{command}"
    arguments = {"doctor": ["doctor"], "complete": place}.get(command, [*place, flag])
    code, complaint = to_a_shell(socket, arguments, redirected)
    assert code in codes
    assert complaint == (f"diffgem-lsp: {words}\n" if words else "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_without_room_for_the_canvas(socket, file, encoding):
    """A healthy installation failed its check on the arrow in the message."""
    for arguments in (["doctor"], ["complete", f"{file}:1:3", "--watch"]):
        code, complaint = to_a_shell(socket, arguments, "", PYTHONIOENCODING=encoding)
        assert (code, complaint) == ("0", "")


def test_a_file_cannot_command_the_terminal(complete, file, monkeypatch):
    """Escape sequences out of a file that somebody else wrote."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    file.write_text("on\u202e\x1b[2J\n")
    complete(f"{file}:1:3")
    line, *_ = terminal.getvalue().split("\n")
    assert line == "on\x1b[1;36mON\x1b[0m\ufffd\ufffd[2J"
