"""What the language server adds to the engine's time: a key typed into a long file."""

import time
from collections.abc import Iterator

from attrs import define, frozen

from diffgem_engine.bench.figures import Figure, Measurement, spread
from diffgem_engine.bench.lsp_client import LspClient, lsp_process
from diffgem_engine.bench.processes import instant_engine
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.sources import long_file

LINES = 5000
P95_MS = 5.0
WARMUP = 10  # keys of each place
PLACES = (0.1, 0.5, 0.9)  # of the file: what follows the cursor is what a parse may cost
FUNCTION = """

def interval_total(intervals, start=0, *, unit="ms", strict=False):
    remaining = [interval for interval in intervals if interval.unit == unit]
    for interval in sorted(remaining, key=lambda one: (one.begin, -one.end)):
        if strict and interval.begin < start:
            raise ValueError(f"{interval} begins before {start}")
        start = max(start, interval.end) + len(interval.name) * 2
    return start
"""
DOCSTRING = '\n"""' + "The words of a docstring that nobody has closed. " * 3


@frozen
class Key:
    """One key: how long its answer took, and whether there was something to show."""

    ms: float
    shown: bool


def measure(setup: Setup) -> Measurement:
    """`median_ms`, `p95_ms`: from didChange to the inlineCompletion reply, while somebody types a
    function between the definitions near the start, the middle and the end of the file.

    `shown` is the share of keys that were answered by an item, the longest way through the server.
    `unclosed_*`: in a docstring near the start, whose end is not typed yet.
    """
    text = long_file(LINES)
    places = PLACES[: setup.count(len(PLACES), 1)]
    most = setup.count(len(FUNCTION), 2 * WARMUP)
    with instant_engine() as engine, lsp_process() as client:
        client.initialize({"engineSocket": str(engine.endpoint.path)})
        client.notify("initialized", {})
        keys = [key for at in places for key in _type(client, text, at, FUNCTION[:most])]
        unclosed = [*_type(client, text, PLACES[0], DOCSTRING[:most])]
    figures = [
        *spread("", [key.ms for key in keys], p95_at_most=P95_MS),
        Figure("shown", sum(key.shown for key in keys) / len(keys)),
        Figure("keys", len(keys)),
        *spread("unclosed", [key.ms for key in unclosed]),
    ]
    return Measurement("a key on 5,000 lines, an engine that answers at once", tuple(figures))


def _type(client: LspClient, text: str, at: float, typed: str) -> Iterator[Key]:
    """Type into a document of its own, before the first definition after `at` of its lines."""
    lines = text.split("\n")
    first = int(at * LINES)
    line = next(n for n in range(first, LINES) if lines[n].startswith(("def ", "class "))) - 1
    cursor = _Cursor(f"file:///bench{at}{len(typed)}.py", line, _utf16_length(lines[line]))
    item = {"uri": cursor.uri, "languageId": "python", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": item})
    for number, character in enumerate(typed):
        key = _press(client, cursor, character)
        if number >= WARMUP:
            yield key
    client.notify("textDocument/didClose", {"textDocument": {"uri": cursor.uri}})


@define
class _Cursor:
    uri: str
    line: int
    character: int
    version: int = 1

    def position(self) -> dict[str, int]:
        return {"line": self.line, "character": self.character}

    def change(self, typed: str) -> dict[str, object]:
        """The parameters of didChange for one character typed here; the cursor moves on."""
        at, newline = self.position(), typed == "\n"
        self.line, self.character = self.line + newline, 0 if newline else self.character + 1
        self.version += 1
        return {
            "textDocument": {"uri": self.uri, "version": self.version},
            "contentChanges": [{"range": {"start": at, "end": at}, "text": typed}],
        }

    def ask(self) -> dict[str, object]:
        """The parameters of an automatic inlineCompletion request."""
        document = {"uri": self.uri}
        context = {"triggerKind": 2}
        return {"textDocument": document, "position": self.position(), "context": context}


def _press(client: LspClient, cursor: _Cursor, typed: str) -> Key:
    change, ask = cursor.change(typed), cursor.ask()
    began = time.perf_counter()
    client.notify("textDocument/didChange", change)
    found = client.request("textDocument/inlineCompletion", ask)
    return Key(1000 * (time.perf_counter() - began), bool(found and found["items"]))


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
