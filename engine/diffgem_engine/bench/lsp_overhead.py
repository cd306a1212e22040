"""What the language server adds to the engine's time: a key typed into a long file."""

import time
from collections.abc import Iterator

from attrs import frozen

from diffgem_engine.bench.figures import Figure, Measurement, spread
from diffgem_engine.bench.lsp_client import URI, LspClient, lsp_process
from diffgem_engine.bench.processes import instant_engine
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.sources import long_file

LINES = 5000
P95_MS = 5.0
WARMUP = 20
TYPED = """

def interval_total(intervals, start=0, *, unit="ms", strict=False):
    remaining = [interval for interval in intervals if interval.unit == unit]
    for interval in sorted(remaining, key=lambda one: (one.begin, -one.end)):
        if strict and interval.begin < start:
            raise ValueError(f"{interval} begins before {start}")
        start = max(start, interval.end) + len(interval.name) * 2
    return start
"""


@frozen
class Key:
    """One key: how long its answer took, and whether there was something to show."""

    ms: float
    shown: bool


def measure(setup: Setup) -> Measurement:
    """`median_ms`, `p95_ms`: from didChange to the inlineCompletion reply.

    `shown` is the share of keys that were answered by an item, the longest way through the server.
    `unclosed_*`: the same in a docstring near the top that is open and swallows the file.
    """
    keys = setup.count(300, 12)
    text = long_file(LINES)
    typed = [*_type(text, _between_definitions(text), TYPED, keys)]
    unclosed = [*_type(text, 40, '\n"""' + "Words of a docstring. " * 20, setup.count(100, 12))]
    figures = [
        *spread("", [key.ms for key in typed], p95_at_most=P95_MS),
        Figure("shown", sum(key.shown for key in typed) / len(typed)),
        *spread("unclosed", [key.ms for key in unclosed]),
    ]
    return Measurement("a key on 5,000 lines, an engine that answers at once", tuple(figures))


def _between_definitions(text: str) -> int:
    """The line before the first definition of the second half."""
    lines = text.split("\n")
    return next(n - 1 for n in range(LINES // 2, LINES) if lines[n].startswith(("def ", "class ")))


def _type(text: str, line: int, typed: str, keys: int) -> Iterator[Key]:
    """Type `typed`, again and again if need be, at the end of a line of `text`."""
    with instant_engine() as engine, lsp_process() as client:
        client.initialize({"engineSocket": str(engine.endpoint.path)})
        client.notify("initialized", {})
        client.notify("textDocument/didOpen", {"textDocument": _item(text)})
        cursor = _Cursor(line, len(text.split("\n")[line].encode("utf-16-le")) // 2)
        warmup = min(WARMUP, keys)
        for number in range(warmup + keys):
            key = _press(client, cursor, typed[number % len(typed)], number + 2)
            if number >= warmup:
                yield key


class _Cursor:
    def __init__(self, line: int, character: int) -> None:
        self.line, self.character = line, character

    def position(self) -> dict[str, int]:
        return {"line": self.line, "character": self.character}

    def advance(self, typed: str) -> None:
        newline = typed == "\n"
        self.line, self.character = self.line + newline, 0 if newline else self.character + 1


def _press(client: LspClient, cursor: _Cursor, typed: str, version: int) -> Key:
    at = cursor.position()
    change = {"range": {"start": at, "end": at}, "text": typed}
    cursor.advance(typed)
    ask = {
        "textDocument": {"uri": URI},
        "position": cursor.position(),
        "context": {"triggerKind": 2},
    }
    began = time.perf_counter()
    client.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": URI, "version": version}, "contentChanges": [change]},
    )
    found = client.request("textDocument/inlineCompletion", ask)
    return Key(1000 * (time.perf_counter() - began), bool(found and found["items"]))


def _item(text: str) -> dict[str, object]:
    return {"uri": URI, "languageId": "python", "version": 1, "text": text}
