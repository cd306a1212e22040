"""What the language server adds to the engine's time: a key typed into a long file."""

import time
from collections.abc import Iterator

from attrs import define, frozen

from diffgem_engine.bench.figures import Figure, Measurement, spread
from diffgem_engine.bench.instant import ANSWER
from diffgem_engine.bench.lsp_client import LspClient, lsp_process
from diffgem_engine.bench.processes import instant_engine
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.sources import long_file

LINES, LONG_LINES = 5_000, 20_000
P95_MS, LONG_P95_MS, TYPED_P95_MS = 5.0, 8.0, 1.0
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


STARTS = ("def ", "class ")
THROUGH = ("\n" + ANSWER[:-1]) * 12


@frozen
class Key:
    """One key: how long its answer took, whether there was something to show, and whether that was
    the rest of what the engine had said before.
    """

    ms: float
    shown: bool
    reused: bool


def measure(setup: Setup) -> Measurement:
    """`median_ms`, `p95_ms`: from didChange to the inlineCompletion reply, while somebody types a
    function between the definitions near the start, the middle and the end of 5,000 lines; `long_*`
    of 20,000.  Nobody types as fast, so no pause is waited for.

    `shown` is the share of keys that were answered by an item, the longest way through the server.
    `unclosed_*`: in a docstring near the start, whose end is not typed yet.  `typed_*`: of keys
    that go on with what is shown.
    """
    places = PLACES[: setup.count(len(PLACES), 1)]
    most = setup.count(len(FUNCTION), 2 * WARMUP)
    with instant_engine() as engine, lsp_process() as client:
        client.initialize({"engineSocket": str(engine.endpoint.path), "debounceMs": 0})
        client.notify("initialized", {})
        text, longer = long_file(LINES), long_file(LONG_LINES)
        keys = [key for at in places for key in type_keys(client, text, at, FUNCTION[:most])]
        long = [key for at in places for key in type_keys(client, longer, at, FUNCTION[:most])]
        unclosed = [*type_keys(client, text, PLACES[0], DOCSTRING[:most])]
        typed = [key for key in type_keys(client, text, PLACES[1], THROUGH) if key.reused]
    figures = [
        *spread("", [key.ms for key in keys], p95_at_most=P95_MS),
        Figure("shown", sum(key.shown for key in keys) / len(keys)),
        Figure("keys", len(keys)),
        *spread("long", [key.ms for key in long], p95_at_most=LONG_P95_MS),
        *spread("unclosed", [key.ms for key in unclosed]),
        *spread("typed", [key.ms for key in typed], p95_at_most=TYPED_P95_MS),
    ]
    return Measurement(
        "a key on 5,000 and 20,000 lines, an engine that answers at once", tuple(figures)
    )


def type_keys(client: LspClient, text: str, at: float, typed: str) -> Iterator[Key]:
    """Type into a document of its own, before the first definition after `at` of its lines."""
    lines = text.split("\n")
    first = int(at * len(lines))
    line = next(n for n, each in enumerate(lines) if n >= first and each.startswith(STARTS)) - 1
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
    ms = 1000 * (time.perf_counter() - began)
    texts = [item["insertText"] for item in found["items"]] if found else []
    return Key(ms, bool(texts), bool(texts) and len(texts[0]) < len(ANSWER))


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
