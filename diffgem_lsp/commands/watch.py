"""The canvas at every denoising step, in a terminal."""

from typing import TextIO

from attrs import define

from diffgem_engine.protocol import Progress

STYLES = {"p": "2", "a": "1;36", "n": "33", "e": "35", "x": "2"}  # SGR codes, by slot state
MARKS = {"e": "⏹", "x": "·"}


@define
class CanvasView:
    """One line a step; colours on a terminal, the bare cells elsewhere.

    Pinned text is dim, accepted text bright, what is still noise yellow.
    """

    out: TextIO

    def show(self, progress: Progress) -> None:
        cells = zip(progress.cells, progress.states, strict=True)
        text = "".join(self._cell(cell, state) for cell, state in cells)
        print(f"{progress.step:3d} │{text}│", file=self.out, flush=True)

    def _cell(self, cell: str, state: str) -> str:
        shown = MARKS.get(state) or cell.replace("\n", "⏎") or "∅"
        return f"\x1b[{STYLES[state]}m{shown}\x1b[0m" if self.out.isatty() else shown
