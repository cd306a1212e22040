"""What is kept of a suggestion: numbers and a few known words, no text and no file's name."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Self

from attrs import asdict, field, fields, frozen

_WORD = re.compile(r"[a-z][a-z0-9+#_ .-]{0,29}")
OTHER = "other"  # for a word that may be anything


def word(given: object) -> str:
    """One that stands in a list of languages or of kinds, at most; never a path or a sentence."""
    lower = str(given).lower()
    return lower if _WORD.fullmatch(lower) else OTHER


def _number(given: Any) -> bool:
    return type(given) in (int, float) and abs(given) < 1e12


def _optional(given: Any) -> bool:
    return given is None or _number(given)


def _kept(check: Callable[[Any], bool], **options: Any) -> Any:
    return field(metadata={"check": check}, **options)


def _word_field() -> Any:
    return _kept(lambda given: isinstance(given, str), default="", converter=_word_or_nothing)


def _word_or_nothing(given: str) -> str:
    return word(given) if given else ""


@frozen
class _Event:
    id: str = _kept(lambda given: isinstance(given, str) and len(given) < 40)
    at: float = _kept(_number)  # seconds since 1970

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Self | None:
        """None for what we have not written, or written in another version."""
        known = {each.name: each for each in fields(cls)}
        given = {name: value for name, value in found.items() if name in known}
        good = all(known[name].metadata["check"](value) for name, value in given.items())
        return cls(**given) if good and {"id", "at"} <= given.keys() else None


@frozen
class Shown(_Event):
    """A suggestion that was sent to the editor, which does not say whether it drew it."""

    kind: str = _word_field()  # inline, popup, next edit, code action, …
    language: str = _word_field()
    hole: str = _word_field()
    origin: str = _word_field()
    trigger: str = _word_field()  # automatic, invoked
    model: str = _word_field()  # a digest: see `ledger`
    confidence: float | None = _kept(_optional, default=None)
    agreement: float | None = _kept(_optional, default=None)
    log_prob: float | None = _kept(_optional, default=None)
    latency_ms: float | None = _kept(_optional, default=None)
    characters: int = _kept(_number, default=0)
    lines: int = _kept(_number, default=0)
    alternatives: int = _kept(_number, default=1)


@frozen
class Fate(_Event):
    """What became of it.  A suggestion may have several of them.

    `what`: accepted, partly, typed (by the user, to its end), retained, reverted.  `by` is who
    told: the item's command, a notification of the client, or an edit that we saw.
    """

    what: str = _word_field()
    by: str = _word_field()
    characters: int = _kept(_number, default=0)  # that came from the suggestion at once
    after_s: float | None = _kept(_optional, default=None)
    similarity: float | None = _kept(_optional, default=None)  # to what was accepted


Event = Shown | Fate


def line_of(event: Event) -> str:
    """One line of JSON; what is as by default is left out."""
    usual = {each.name: each.default for each in fields(type(event))}
    kept = asdict(event, filter=lambda each, value: value != usual[each.name])
    return json.dumps({"event": type(event).__name__.lower(), **kept}, separators=(",", ":"))


def read_line(line: str) -> Event | None:
    """None for a line that is no event of ours."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match found:
        case {"event": "shown"}:
            return Shown.read(found)
        case {"event": "fate"}:
            return Fate.read(found)
    return None
