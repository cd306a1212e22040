"""What the model may see: prefix and suffix within a budget, anchored so that typing appends.

The prefix starts at an *anchor*: a line of a fixed grid over the document, or the definition that
begins near it.  The grid does not depend on the cursor, so while somebody types the anchor stays
put for lines at a time, the engine's cached prompt stays valid, and a key costs one token.
"""

import re

from attrs import frozen

from diffgem_lsp.privacy.redaction import redact_window
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.scopes import scope_starts

GRID_LINES = 16
FINE_LINES = 4
GRID_CHARACTERS = 1024  # where lines are so long that no line of the grid is near
CHARACTERS_A_TOKEN = 2.6  # a low estimate for code: the engine should not have to cut
SUFFIX_SHARE = 0.25  # of the window
_SURROGATE = re.compile("[\ud800-\udfff]")


@frozen
class Window:
    """The budget in characters."""

    prefix: int
    suffix: int

    @classmethod
    def of_tokens(cls, tokens: int) -> "Window":
        """What a prompt of `tokens` has room for."""
        characters = int(tokens * CHARACTERS_A_TOKEN)
        suffix = int(characters * SUFFIX_SHARE)
        return cls(characters - suffix, suffix)


@frozen
class Context:
    """Text for the engine, with LF line ends and no lone surrogates."""

    prefix: str
    suffix: str


def gather(snapshot: Snapshot, window: Window, start: int | None = None) -> Context:
    """The text around the cursor that fits `window`; from `start` on, or a fresh anchor."""
    if start is None:
        start = anchor(snapshot, window.prefix)
    end = _suffix_end(snapshot, window.suffix)
    prefix, suffix = redact_window(snapshot.text, start, snapshot.offset, end)
    return Context(clean(prefix), clean(suffix))


def clean(text: str) -> str:
    """As the model was taught: LF line ends; a lone surrogate, which has no encoding, is U+FFFD."""
    whole = text if _is_encodable(text) else _SURROGATE.sub("\ufffd", text)
    return whole.replace("\r\n", "\n").replace("\r", "\n") if "\r" in whole else whole


def _is_encodable(text: str) -> bool:
    """Much sooner known than every character is looked at."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def anchor(snapshot: Snapshot, budget: int) -> int:
    """Where the prefix starts: at most `budget` characters before the cursor, at least half of it.

    Where no line of the grid will do, because a definition begins late in its stretch, one of a
    finer grid does.
    """
    earliest, latest = snapshot.offset - budget, snapshot.offset - budget // 2
    if earliest <= 0:
        return 0
    for step, place_of in ((GRID_LINES, _snapped), (FINE_LINES, _line_start)):
        for line in _grid(snapshot, earliest, latest, step):
            if earliest <= (place := place_of(snapshot, line)) <= latest:
                return place
    stride = max(1, min(GRID_CHARACTERS, budget // 2))
    return -(-earliest // stride) * stride


def _grid(snapshot: Snapshot, earliest: int, latest: int, step: int) -> range:
    """The lines of a grid from the one at `earliest` or before it to the one at `latest`."""
    line_of = snapshot.lines.line_of
    return range(line_of(earliest) // step * step, line_of(latest) + 1, step)


def _line_start(snapshot: Snapshot, line: int) -> int:
    return snapshot.lines.start(line)


def _snapped(snapshot: Snapshot, line: int) -> int:
    """The first definition of this stretch of the grid, or the start of its first line."""
    lines = snapshot.lines
    start = lines.start(line)
    end = lines.start(min(line + GRID_LINES, lines.count - 1))
    if snapshot.tree is None or not start < end < snapshot.offset:
        return start  # so near to the cursor, what is a definition may change with every key
    return next(iter(scope_starts(snapshot.tree, end, start)), start)


def _suffix_end(snapshot: Snapshot, budget: int) -> int:
    """After at most `budget` characters, at the end of a line where there is one."""
    end = snapshot.offset + budget
    if end >= len(snapshot.text):
        return len(snapshot.text)
    whole = snapshot.lines.start(snapshot.lines.line_of(end))
    return whole if whole > snapshot.offset else end
