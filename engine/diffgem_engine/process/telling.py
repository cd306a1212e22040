"""Lines on standard output, for whoever started the engine."""

import contextlib


def announce(line: str) -> None:
    """Where it leads to a disk that is full nobody hears it, and serving goes on."""
    with contextlib.suppress(OSError):
        print(line, flush=True)
