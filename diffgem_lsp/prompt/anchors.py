"""Each document's anchor, kept while the cursor stays within its reach.

A fresh anchor leaves slack: the user types that many characters before the prefix outgrows its
budget and the prompt must be read anew, which costs hundreds of tokens instead of one.
"""

from attrs import frozen

from diffgem_lsp.prompt.context import anchor
from diffgem_lsp.snapshots import Snapshot

SLACK = 5  # a fifth of the budget
DOCUMENTS = 64


@frozen
class _Kept:
    offset: int
    starts_line: bool


class Anchors:
    """Of the documents completed in latest."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def place(self, snapshot: Snapshot, budget: int) -> int:
        """Where the prefix starts: at most `budget` characters before the cursor."""
        kept = self._kept.pop(snapshot.uri, None)
        if kept is None or not _in_reach(kept, snapshot, budget):
            offset = anchor(snapshot, budget - budget // SLACK)
            kept = _Kept(offset, _starts_line(snapshot, offset))
        self._kept[snapshot.uri] = kept  # the latest last
        while len(self._kept) > DOCUMENTS:
            del self._kept[next(iter(self._kept))]
        return kept.offset

    def keeps(self, snapshot: Snapshot, budget: int) -> bool:
        """Whether `place` would give the place that it gave before."""
        kept = self._kept.get(snapshot.uri)
        return kept is not None and _in_reach(kept, snapshot, budget)

    def forget(self, uri: str) -> None:
        self._kept.pop(uri, None)


def _in_reach(kept: _Kept, snapshot: Snapshot, budget: int) -> bool:
    """Not too far, not so near that little would be seen, and no edit above has moved it."""
    distance = snapshot.offset - kept.offset
    least = 0 if kept.offset == 0 else budget // 3
    return least <= distance <= budget and kept.starts_line == _starts_line(snapshot, kept.offset)


def _starts_line(snapshot: Snapshot, offset: int) -> bool:
    lines = snapshot.lines
    return lines.start(lines.line_of(offset)) == offset
