"""Standard output, whose reader may be gone and whose disk may be full: of all commands."""

import contextlib
import io
import os
import sys
from typing import TextIO

BROKEN_PIPE, UNWRITTEN = 141, 4  # exit codes; the first as a shell tells it


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


def mention(text: str) -> None:
    """A line on standard output that nothing depends on: where it is lost, the work goes on."""
    with contextlib.suppress(OutputLost):
        write(text, sys.stdout)


def ended_without_output(error: OutputLost, program: str) -> int:
    """The exit code; said is what somebody can do something about."""
    abandon_output()
    if not error.reason:
        return BROKEN_PIPE
    why = f"cannot write the output: {error.reason}; make room, or send it elsewhere"
    print(f"{program}: {why}", file=sys.stderr)
    return UNWRITTEN


def settle_output() -> None:
    """What was mentioned and could not be written is written now or never."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        abandon_output()


def abandon_output() -> None:
    """Let Python's last flush, which would fail again, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
