"""Output of the commands: what a terminal may get, and a reader that is gone."""

import io
import os
import sys
import unicodedata
from typing import TextIO

UNKNOWN = "\ufffd"


class OutputLost(Exception):
    """Standard output takes no more; `reason` is empty where its reader has had enough."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


def write(text: str, out: TextIO | None) -> None:
    """One line, now.  Raises OutputLost.  Without `out` (a closed descriptor) nothing happens."""
    try:
        print(text, file=out or io.StringIO(), flush=True)
    except BrokenPipeError as error:
        raise OutputLost from error
    except OSError as error:
        raise OutputLost(error.strerror or str(error)) from error


def forgiving(*streams: TextIO | None) -> None:
    """Escape what a stream's encoding has no room for, where Python would raise."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon_output() -> None:
    """Let Python's last flush, which would fail again, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
