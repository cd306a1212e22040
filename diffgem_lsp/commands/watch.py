"""The canvas at every denoising step, in a terminal."""

import os
import shutil
from collections.abc import Iterator
from itertools import groupby
from typing import TextIO

from attrs import define

from diffgem_engine.protocol import Progress
from diffgem_lsp.commands.terminal import printable

ACCEPTED, END, NOISE = "1;36", "1;35", "33"  # SGR codes; what is pinned or padding is dim
STYLES = {"p": "2", "a": ACCEPTED, "n": NOISE, "e": END, "x": "2"}  # by slot state
VISIBLE = {"\n": "⏎", "\t": "⇥", "": "∅"}
LEGEND = (("a", "accepted"), ("n", "noise"), ("p", "pinned"), ("e", "⏹ end"), ("x", "· padding"))
FRAME = len("  1 │…│ 123/256")


@define
class CanvasView:
    """One line a step, no wider than the terminal; colours on a terminal only."""

    out: TextIO

    def legend(self) -> None:
        if self._coloured:
            print("step", *(self._paint(name, state) for state, name in LEGEND), file=self.out)

    def show(self, progress: Progress) -> None:
        if progress.step == 1:
            self.legend()
        room = shutil.get_terminal_size().columns - FRAME
        canvas = "".join(self._paint(*run) for run in _cut(_runs(progress), room))
        done = sum(state not in "np" for state in progress.states)
        of = sum(state != "p" for state in progress.states)
        print(f"{progress.step:3d} │{canvas}│ {done}/{of}", file=self.out, flush=True)

    @property
    def _coloured(self) -> bool:
        return self.out.isatty() and not os.environ.get("NO_COLOR")

    def _paint(self, text: str, state: str) -> str:
        return f"\x1b[{STYLES[state]}m{text}\x1b[0m" if self._coloured else text


def _runs(progress: Progress) -> Iterator[tuple[str, str]]:
    """The slots as (text, state), neighbours of one state together."""
    cells = zip(progress.states, progress.cells, strict=True)
    for state, run in groupby(cells, key=lambda cell: cell[0]):
        yield _text(state, [cell for _, cell in run]), state


def _text(state: str, cells: list[str]) -> str:
    if state == "x":
        return "·" if len(cells) == 1 else f"·×{len(cells)}"
    if state == "e":
        return "⏹" * len(cells)
    return "".join(map(_visible, cells))


def _visible(cell: str) -> str:
    """One line of it, and nothing that a terminal would obey."""
    return printable("".join(VISIBLE.get(char, char) for char in cell) or VISIBLE[""])


def _cut(runs: Iterator[tuple[str, str]], room: int) -> Iterator[tuple[str, str]]:
    """At most `room` characters, the last an ellipsis where some are left out."""
    for text, state in runs:
        if len(text) > room:
            yield text[: max(0, room - 1)] + "…", state
            return
        room -= len(text)
        yield text, state
