"""Server-sent events, from bytes as they come; pure."""

import json
from collections.abc import Iterator
from typing import Any

LONGEST_EVENT = 1 << 20  # bytes
DONE = b"[DONE]"


class StreamError(ValueError):
    """What came is no stream of JSON events; the message ends a sentence on who sent it."""


class Events:
    """Feed it bytes, and it has the JSON objects that are whole."""

    def __init__(self) -> None:
        self.done = False
        self.any = False  # has come
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """Raises StreamError; what follows the end of the stream is not looked at."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            data = line.strip().removeprefix(b"data:").strip()
            if self.done or not line.startswith(b"data:"):
                continue  # a comment, an event's name, an empty line
            self.any = True
            if data == DONE:
                self.done = True
            else:
                yield read_object(data)
        if len(self._rest) > LONGEST_EVENT:
            raise StreamError(f"streams an event of more than {LONGEST_EVENT} bytes")


def read_object(data: bytes) -> dict[str, Any]:
    try:
        loaded = json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise StreamError("answers what is no JSON") from None
    if not isinstance(loaded, dict):
        raise StreamError("answers JSON that is no object")
    return loaded


def _no_constant(name: str) -> None:
    """NaN and Infinity, which Python would read."""
    raise ValueError(name)
