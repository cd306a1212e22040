"""Output of the commands: what a terminal may get."""

import io
import os
import unicodedata
from typing import TextIO

UNKNOWN = "\ufffd"


def forgiving(*streams: TextIO | None) -> None:
    """Escape what a stream's encoding has no room for, where Python would raise."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def is_terminal(out: TextIO | None) -> bool:
    return out is not None and out.isatty()


def is_coloured(out: TextIO | None) -> bool:
    return is_terminal(out) and not os.environ.get("NO_COLOR")


def paint(text: str, style: str, out: TextIO | None) -> str:
    """`text` in the SGR codes of `style`, where `out` shows them."""
    return f"\x1b[{style}m{text}\x1b[0m" if is_coloured(out) else text


def printable(text: str, kept: str = "") -> str:
    """Escapes, controls and what turns the direction of writing, but for `kept`, are U+FFFD."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else UNKNOWN for c in text)


def columns(character: str) -> int:
    """How many a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
