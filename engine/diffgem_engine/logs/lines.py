"""A log record as one line, for people or for programs.

No text of a prompt and none that was generated, unless `prompts` asks for it.  Control characters
never get through: what a client calls itself must not draw on a terminal, nor begin a line.
"""

import json
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from diffgem_engine.protocol import Infill, Result, Review

# What a record may have beside its message, by `extra`.  Empty ones are left out.
FIELDS = (
    *("user", "trace", "request", "kind", "outcome", "ms", "queue_ms", "prefill_ms", "denoise_ms"),
    *("ahead", "route", "prompt_tokens", "prefilled_tokens"),
)
# Of C0 and C1, line ends, what changes a text's direction, and halves of characters.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
OF_REQUESTS = ("uvicorn.error", "asyncio")  # loggers whose tracebacks come from somebody's request
WITHHELD = "(its words are left out, they may quote a text; --log-prompts shows them)"


def visible(text: str) -> str:
    """On one line, each control character as its escape."""
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class _Lines(logging.Formatter):
    def __init__(self, *, prompts: bool = False) -> None:
        super().__init__()
        self._prompts = prompts

    def said(self, record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
        """The fields that it has, in order."""
        for name in FIELDS:
            value = getattr(record, name, None)
            if value is not None and value != "":
                yield name, visible(value) if isinstance(value, str) else value
        texts = getattr(record, "texts", None)
        if self._prompts and texts is not None:
            yield from _texts(*texts)

    def raised(self, record: logging.LogRecord) -> list[str]:
        """The lines of its traceback, if there is one."""
        if not record.exc_info or record.exc_info[1] is None:
            return []
        error = record.exc_info[1]
        quotes = hasattr(record, "request") or record.name in OF_REQUESTS
        withheld = quotes and not self._prompts
        found = _without_words(error) if withheld else traceback.format_exception(error)
        return [visible(line) for each in found for line in each.splitlines()]


class TextLines(_Lines):
    """For people: a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        time = _time(record).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        head = f"{time} {record.levelname} {record.name}: {visible(record.getMessage())}"
        fields = (f"{name}={value}" for name, value in self.said(record))
        return "\n".join([" ".join([head, *fields]), *self.raised(record)])


class JsonLines(_Lines):
    """For programs: one object, whatever is in it."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record).astimezone(UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": visible(record.getMessage()),
            **dict(self.said(record)),
        }
        if raised := self.raised(record):
            line["traceback"] = raised
        return json.dumps(line, ensure_ascii=False)


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created).astimezone()


def _texts(request: object, answer: object) -> Iterator[tuple[str, Any]]:
    if isinstance(request, Infill | Review):
        yield "prefix", visible(request.prefix)
        yield "suffix", visible(request.suffix)
    if isinstance(request, Review):
        yield "code", visible(request.code)
    if isinstance(answer, Result):
        yield "filled", [[visible(text) for text in each.texts] for each in answer.candidates]


def _without_words(error: BaseException | None) -> Iterator[str]:
    """Where it came from, and of what kind it is; its causes first."""
    if error is None:
        return
    yield from _without_words(error.__cause__ or error.__context__)
    for frame in traceback.extract_tb(error.__traceback__):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
    yield f"{type(error).__name__} {WITHHELD}"
