"""Text that takes too long to parse, as a thousand brackets in a row may, is given up.

The parser asks after every hundred of its steps.  Where one of them takes long in itself, as the
last one does in Java's `a<a<a<`, it is not interrupted; but then no other parse follows.
"""

import time

from tree_sitter import Parser, Point, Tree

# Seconds of this thread's own.  A byte of whole text takes a fifth of a microsecond, and two where
# a bracket at the top of it is open.
SHORTEST = 0.15
PER_BYTE = 3e-6
_CHUNK = 16_384  # bytes, of which the parser copies some at a time


class Patience:
    """With one document, as long as it is open."""

    def __init__(self) -> None:
        self.is_over = False

    def parse(self, parser: Parser, data: bytes, size: int, old: Tree | None) -> Tree:
        """The tree of nothing once it is over; `size` says how many bytes of `data` are read."""
        if self.is_over:
            return parser.parse(b"")
        latest = time.thread_time() + SHORTEST + PER_BYTE * size
        try:
            return _parsed(parser, data, old, latest)
        except ValueError:  # the only sign of an interruption
            parser.reset()  # or it would go on where it was
            self.is_over = True
            return parser.parse(b"")


def _parsed(parser: Parser, data: bytes, old: Tree | None, latest: float) -> Tree:
    def read(at: int, _: Point) -> bytes:
        return data[at : at + _CHUNK]

    def is_late(_: int, _has_error: bool) -> bool:
        return time.thread_time() > latest

    if old is None:
        return parser.parse(read, progress_callback=is_late)
    return parser.parse(read, old, progress_callback=is_late)
