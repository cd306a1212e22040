"""The canvas at every denoising step, in a terminal."""

import contextlib
import shutil
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TextIO

from attrs import define, field

from diffgem_engine.output import OutputLost, write
from diffgem_engine.protocol import Progress
from diffgem_lsp.commands.terminal import columns, paint, printable

ACCEPTED, END, NOISE = "1;36", "1;35", "33"  # SGR codes; what is pinned or padding is dim
STYLES = {"p": "2", "a": ACCEPTED, "n": NOISE, "e": END, "x": "2"}  # by slot state
VISIBLE = {"\n": "⏎", "\t": "⇥"}
NOTHING = "∅"  # noise that has no text
LEGEND = (
    *(("a", "accepted"), ("n", f"noise {NOTHING}"), ("p", "pinned")),
    *(("e", "⏹ end"), ("x", "· padding"), ("x", "⏎ line break"), ("x", "slots done/of")),
)
FRAME = len("  1 │…│ 123/256")


@define
class CanvasView:
    """One line a step, no wider than the terminal; colours on a terminal only."""

    out: TextIO | None
    _lost: bool = field(default=False, init=False)

    def show(self, progress: Progress) -> None:
        """Does nothing once the output is lost: the completion itself will say so."""
        if self._lost:
            return
        try:
            if progress.step == 1:
                write(self._legend(), self.out)
            write(self._line(progress), self.out)
        except OutputLost:
            self._lost = True

    def note(self, text: str) -> None:
        """A line behind the steps."""
        with contextlib.suppress(OutputLost):
            write(text, self.out)

    def _legend(self) -> str:
        return "  ".join(
            ["step", *(paint(name, STYLES[state], self.out) for state, name in LEGEND)]
        )

    def _line(self, progress: Progress) -> str:
        room = shutil.get_terminal_size().columns - FRAME
        states = "".join(_as_ended(progress.states))
        runs = _cut(_runs(progress.cells, states), room)
        canvas = "".join(paint(text, STYLES[state], self.out) for text, state in runs)
        done = sum(state not in "np" for state in states)
        of = sum(state != "p" for state in states)
        return f"{progress.step:3d} │{canvas}│ {done}/{of}"


def _as_ended(states: str) -> Iterator[str]:
    """What stands behind the end of a hole is padding, whatever the model has put there."""
    ended = False
    for state in states:
        yield "x" if ended and state != "p" else state
        ended = state == "e" or (ended and state != "p")


def _runs(cells: Iterable[str], states: str) -> Iterator[tuple[str, str]]:
    """The slots as (text, state), neighbours of one state together."""
    slots = zip(states, cells, strict=True)
    for state, run in groupby(slots, key=lambda slot: slot[0]):
        yield _text(state, [cell for _, cell in run]), state


def _text(state: str, cells: list[str]) -> str:
    if state == "x":
        return "·" if len(cells) == 1 else f"·×{len(cells)}"
    if state == "e":
        return "⏹" * len(cells)
    return "".join(_visible(cell, state) for cell in cells)


def _visible(cell: str, state: str) -> str:
    """One line of it, and nothing that a terminal would obey."""
    text = printable("".join(VISIBLE.get(char, char) for char in cell))
    return text or (NOTHING if state == "n" else "")


def _cut(runs: Iterator[tuple[str, str]], room: int) -> Iterator[tuple[str, str]]:
    """At most `room` columns, the last an ellipsis where some are left out."""
    for text, state in runs:
        size = sum(map(columns, text))
        if size > room:
            yield _fitting(text, room - 1) + "…", state
            return
        room -= size
        yield text, state


def _fitting(text: str, room: int) -> str:
    """Its beginning, of at most `room` columns."""
    for end, character in enumerate(text):
        room -= columns(character)
        if room < 0:
            return text[:end]
    return text
