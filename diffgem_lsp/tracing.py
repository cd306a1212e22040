"""A name for each message of the editor, by which both logs can be read together.

What a message causes carries its name, tasks that outlive it included.
"""

import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_OURS = secrets.token_hex(4)  # of this process
_numbers = itertools.count(1)
_trace: ContextVar[str] = ContextVar("trace", default="")


def current() -> str:
    """As `Infill.trace` takes it; empty outside of a message."""
    return _trace.get()


@contextmanager
def named() -> Iterator[None]:
    """While inside, and in the tasks that begin there, `current` is a new name."""
    token = _trace.set(f"{_OURS}-{next(_numbers)}")
    try:
        yield
    finally:
        _trace.reset(token)
