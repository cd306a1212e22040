"""What encloses the cursor, by the text alone: without a grammar, and where the tree is broken."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from diffgem_lsp.holes.kinds import HoleKind
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.grammars import grammar_of
from diffgem_lsp.text.brackets import PAIRS

_REACH = 2_000  # characters before the cursor in which an open bracket or quote is looked for
_HASH = re.compile(r"(?:^|(?<=\s))#")
_SLASHES = re.compile(r"//|/\*")
_COMMENTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "bash": _HASH,
        "css": re.compile(r"/\*"),
        "haskell": re.compile(r"--"),
        "html": re.compile(r"<!--"),
        "lua": re.compile(r"--"),
        "python": re.compile(r"#"),
        "ruby": _HASH,
        "sql": re.compile(r"--"),
    }
)
_ANY_COMMENT = re.compile(rf"{_HASH.pattern}|{_SLASHES.pattern}")
# An apostrophe after a letter is one; a Rust lifetime looks like an open quote.
_QUOTE = re.compile(r"\"|`|(?<!\w)'")
_RUST_QUOTE = re.compile(r"\"")
_CALL = re.compile(r"(?:^|[^\w])(?!(?:if|for|while|switch|catch|return|and|or|not|in|elif)\b)\w+$")
_DEFINITION = re.compile(r"\b(?:def|func|function|fn|fun|sub)\s+\w+$")


def enclosing(snapshot: Snapshot) -> HoleKind | None:
    """STRING, COMMENT or ARGUMENTS when the cursor seems to be inside one."""
    _, column = snapshot.lines.line_and_column(snapshot.offset)
    head = snapshot.text[snapshot.offset - min(column, _REACH) : snapshot.offset]
    kind = _open_at_end(head, snapshot.language_id)
    if kind is not None:
        return kind
    if grammar_of(snapshot.language_id) == "python" and _in_triple_quotes(snapshot):
        return HoleKind.STRING
    near = snapshot.text[max(0, snapshot.offset - _REACH) : snapshot.offset]
    return HoleKind.ARGUMENTS if _in_call(near) else None


def _open_at_end(head: str, language_id: str) -> HoleKind | None:
    """The string or comment that starts on the line and is still open where `head` ends."""
    language = grammar_of(language_id) or language_id
    comment = _comment_of(language)
    quote = _RUST_QUOTE if language == "rust" else _QUOTE
    at = 0
    while at < len(head):
        if comment.match(head, at):
            return HoleKind.COMMENT
        opening = quote.match(head, at)
        if opening is None:
            at += 1
            continue
        at = _string_end(head, at)
        if at > len(head):
            return HoleKind.STRING
    return None


def _in_triple_quotes(snapshot: Snapshot) -> bool:
    text, end = snapshot.text, snapshot.offset  # it may be long: no copy of it
    start = snapshot.tree.floor if snapshot.tree is not None else 0  # in no string
    return any(text.count(quotes, start, end) % 2 for quotes in ('"""', "'''"))


def _comment_of(language: str) -> re.Pattern[str]:
    if language in _COMMENTS:
        return _COMMENTS[language]
    return _SLASHES if grammar_of(language) is not None else _ANY_COMMENT


def _string_end(head: str, start: int) -> int:
    """After the quote that closes the one at `start`; past the end of `head` when none does."""
    at = start + 1
    while at < len(head) and head[at] != head[start]:
        at += 2 if head[at] == "\\" else 1
    return at + 1


def _in_call(text: str) -> bool:
    """Whether the innermost bracket open at the end of `text` is a call's."""
    at = _open_bracket(text)
    if at is None or text[at] != "(":
        return False
    before = text[:at]
    return _CALL.search(before) is not None and _DEFINITION.search(before) is None


def _open_bracket(text: str) -> int | None:
    closed: list[str] = []
    for at in range(len(text) - 1, -1, -1):
        char = text[at]
        if char in PAIRS:
            closed.append(PAIRS[char])
        elif closed and char == closed[-1]:
            closed.pop()
        elif char in "([{":
            return at
    return None
