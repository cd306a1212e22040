"""Drafts: what the same document has where it reads as it does before the cursor.

A small model is weak at remembering what stands a few hundred lines away, and good at telling
whether it fits.  So the lines that begin like the cursor's, and what follows the text that the
cursor follows, are copied out of the document and handed to the engine, which scores them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from attrs import frozen

from diffgem_lsp.holes.site import HoleSite
from diffgem_lsp.privacy.redaction import MARK, redact
from diffgem_lsp.prompt.context import clean
from diffgem_lsp.snapshots import Snapshot

MOST = 5
REACH = 100_000  # characters before the cursor's line, and after it, in whole lines
LONGEST = 400  # characters of a draft
LONGEST_HEAD = 4_000  # characters of the cursor's line that are looked at
LEAST_MATCH, LONGEST_MATCH = 3, 200  # characters before the cursor that are found again


def find(snapshot: Snapshot, hole: HoleSite) -> tuple[str, ...]:
    """At most `MOST` distinct texts of one line that may fill the hole whole, best first.

    None has the line's indentation, what is typed of the line, or its tail: where code follows
    the cursor on its line, only what the document has in front of the same code counts.
    """
    around = _Around.of(snapshot)
    fitting = (_fitting(each, around.typed, hole.line_tail.strip()) for each in _copies(around))
    return tuple(dict.fromkeys(filter(None, fitting)))[:MOST]


@frozen
class _Around:
    """The lines around the cursor's with LF line ends, and the cursor's as far as the cursor."""

    before: str
    head: str
    after: str

    @classmethod
    def of(cls, snapshot: Snapshot) -> "_Around":
        lines, text, offset = snapshot.lines, snapshot.text, snapshot.offset
        line = lines.line_of(offset)
        start = lines.start(line)
        first = lines.start(lines.line_of(start - REACH) + 1) if start > REACH else 0
        end = lines.start(line + 1) if line + 1 < lines.count else len(text)
        far = end + REACH
        last = lines.start(lines.line_of(far)) if far < len(text) else len(text)
        head = text[max(start, offset - LONGEST_HEAD) : offset]
        before, after = _without_secrets(text[first:start]), _without_secrets(text[end:last])
        return cls(before, clean(head), after)

    @property
    def typed(self) -> str:
        return self.head.lstrip(" \t")

    @property
    def context(self) -> str:
        """What the cursor follows."""
        return (self.before[-LONGEST_MATCH:] + self.head)[-LONGEST_MATCH:]


def _fitting(copy: str, typed: str, tail: str) -> str:
    """The draft in what was copied; empty if there is none."""
    text = copy.rstrip() if typed else copy.strip()
    if not text.endswith(tail):
        return ""
    draft = text[: len(text) - len(tail)]
    return draft if draft.strip() and len(draft) <= LONGEST and MARK not in draft else ""


@lru_cache(maxsize=8)  # most keys change neither what is above their line nor what is below
def _without_secrets(text: str) -> str:
    """A copy of a secret would stand behind other words, where it does not look like one."""
    return clean(redact(text).text)


def _copies(around: _Around) -> Iterator[str]:
    """Ends of lines; best first, by how often each kind of them is right."""
    earlier, later = (_beginning(each, around.typed) for each in (around.before, around.after))
    yield from _most_frequent([*earlier, *later])
    yield _after_latest(around.before, around.context)
    yield _after_first(around.after, around.context)
    yield _after_same_line(around.before, around.typed)
    yield from earlier[-1:]
    yield from later[:1]


def _beginning(text: str, typed: str) -> list[str]:
    """The rests of the lines that begin with what is typed, if anything is."""
    if not typed:
        return []
    rests: list[str] = re.findall(rf"\n[ \t]*{re.escape(typed)}(.+)", "\n" + text)
    return [rest.rstrip() for rest in rests if rest.strip()]


def _most_frequent(texts: list[str]) -> list[str]:
    """One of them, the first of equally frequent ones."""
    return [text for text, _ in Counter(texts).most_common(1)]


def _after_latest(text: str, context: str) -> str:
    """What follows, on its line, the latest of the longest matches of the end of `context`."""
    size, end, found = LEAST_MATCH, len(text) - 1, -1  # what ends the text has nothing after it
    while size <= len(context) and (at := text.rfind(context[-size:], 0, end)) >= 0:
        # A longer match that is not this one ends before it: no place is looked at twice.
        found = end = at + size
        size = _agreeing(text, found, context, size) + 1
    return _rest_of_line(text, found)


def _after_first(text: str, context: str) -> str:
    """The same of the first of them."""
    size, start, found = LEAST_MATCH, 0, -1
    while size <= len(context) and (at := text.find(context[-size:], start)) >= 0:
        found = at + size
        size = _agreeing(text, found, context, size) + 1
        start = max(0, found + 1 - size)
    return _rest_of_line(text, found)


def _agreeing(text: str, end: int, context: str, size: int) -> int:
    """How many characters before `end` are those that end `context`; `size` of them are."""
    most = len(context)
    while size < most:
        middle = (size + most + 1) // 2
        if text.endswith(context[-middle:], 0, end):
            size = middle
        else:
            most = middle - 1
    return size


def _rest_of_line(text: str, start: int) -> str:
    if start < 0:
        return ""
    end = text.find("\n", start)
    return text[start:] if end < 0 else text[start:end]


def _after_same_line(before: str, typed: str) -> str:
    """What followed the latest line that is the one before the cursor's; no blank lines count."""
    text = "\n" + before.rstrip()
    start = text.rfind("\n")
    same = text[start:] + "\n"
    at = text.rfind(same, 0, start + 1)
    if at < 0:
        return ""
    following = text[at + len(same) :].lstrip().partition("\n")[0]
    return following[len(typed) :] if following.startswith(typed) else ""
