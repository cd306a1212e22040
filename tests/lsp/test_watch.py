import errno
import io
import os
import re

import pytest

from diffgem_engine.protocol import Progress
from diffgem_lsp.commands.watch import CanvasView

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)


def shown(cells, states, out=None, step=2):
    out = out or io.StringIO()
    CanvasView(out).show(Progress(1, step, tuple(cells), states))
    return out.getvalue()


def test_a_step_is_a_line():
    """A newline in the canvas tore the picture apart."""
    cells = ("ab", " =\n", "\t", "", "<eom>", "<pad>", "<pad>", "<pad>", ")")
    assert shown(cells, "aannexxxp") == "  2 │ab =⏎⇥∅⏹·×3)│ 6/8\n"


@pytest.mark.parametrize(
    ("states", "line"),
    [("aeaen", "float⏹·×3│ 5/5"), ("aenpaea", "float⏹·)xy⏹·│ 6/6")],
)
def test_behind_the_end_is_padding(states, line):
    """The last step read `float⏹ float⏹⏹`, of which nothing was put in but `float`."""
    cells = {"aeaen": ("float", "<eom>", " float", "<eom>", "?")}
    several = ("float", "<eom>", "?", ")", "xy", "<eom>", "?")
    assert shown(cells.get(states, several), states) == f"  2 │{line}\n"


def test_one_padding():
    assert shown(["<pad>"], "x") == "  2 │·│ 1/1\n"


def test_colours_tell_the_states_apart():
    cells = ("a", "b", "c", "d", "e")
    line = shown(cells, "anpex", Terminal())
    assert COLOUR.sub("", line) == "  2 │abc⏹·│ 4/4\n".replace("4/4", "3/4")
    assert "\x1b[1;36ma\x1b[0m\x1b[33mb\x1b[0m\x1b[2mc\x1b[0m\x1b[1;35m⏹" in line


def test_colours_can_be_turned_off(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in shown(["a"], "a", Terminal(), step=1)


def test_the_first_step_brings_the_legend():
    """Piped into a file, the signs stood there unexplained."""
    lines = shown(["a"], "a", step=1).split("\n")
    assert all(sign in lines[0] for sign in ("accepted", "noise ∅", "pinned", "⏹", "·", "⏎"))
    assert lines[1] == "  1 │a│ 1/1"


@pytest.mark.parametrize("columns", [20, 80, 100])
def test_a_line_is_no_wider_than_the_terminal(monkeypatch, columns):
    """Wrapped lines made the steps unreadable."""
    monkeypatch.setenv("COLUMNS", str(columns))
    assert os.environ["COLUMNS"] == str(columns)
    line = shown(["word "] * 200, "an" * 100, Terminal())
    assert len(COLOUR.sub("", line).rstrip("\n")) <= columns
    assert "…│ 100/200" in COLOUR.sub("", line)


def test_wide_characters_take_two_columns(monkeypatch):
    """The user's own 日本語 made a line that wrapped."""
    monkeypatch.setenv("COLUMNS", "30")
    line = shown(["日本語"] * 9, "p" * 9).rstrip("\n")
    assert line == "  2 │日本語日本語日…│ 0/0"


def test_a_character_of_several_slots_is_shown_once():
    """Only noise may look like noise."""
    assert shown(["", "é", "", "x"], "ppna") == "  2 │é∅x│ 1/2\n"


class Full(io.StringIO):
    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_view_without_a_reader_is_quiet():
    """Each step logged a traceback."""
    view = CanvasView(Full())
    view.show(Progress(1, 1, ("a",), "a"))
    view.out = io.StringIO()
    view.show(Progress(1, 2, ("a",), "a"))
    assert view.out.getvalue() == ""


def test_a_model_cannot_command_the_terminal():
    """Escape sequences out of a checkpoint."""
    assert shown(["\x1b[2J", "\x07", "\u202e"], "ann") == "  2 │�[2J��│ 1/3\n"
