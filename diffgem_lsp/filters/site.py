"""Where a completion would stand: what every filter knows."""

from collections.abc import Callable

from attrs import frozen

from diffgem_lsp.holes.kinds import HoleKind
from diffgem_lsp.holes.site import HoleSite
from diffgem_lsp.snapshots import Snapshot

LONGEST_HEAD = 4_000  # characters; of minified code not all of the line is worth reading


@frozen
class Site:
    snapshot: Snapshot
    hole: HoleSite
    max_lines: int

    @property
    def kind(self) -> HoleKind:
        return self.hole.kind

    @property
    def head(self) -> str:
        """The cursor's line before the cursor, or the end of it."""
        lines, offset = self.snapshot.lines, self.snapshot.offset
        start = max(lines.start(lines.line_of(offset)), offset - LONGEST_HEAD)
        return self.snapshot.text[start:offset]

    @property
    def tail(self) -> str:
        """The cursor's line after the cursor; empty if that is white space."""
        return self.hole.line_tail if self.hole.line_tail.strip() else ""


# The text so far and its site -> the text to go on with.
Filter = Callable[[str, Site], str]
