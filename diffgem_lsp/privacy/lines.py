"""Where secrets stand in one line, and what a line makes of the next ones."""

import re
from enum import Enum, auto
from functools import lru_cache

from attrs import frozen

from diffgem_engine.secrecy.drawn import looks_drawn
from diffgem_lsp.privacy.assignments import assigned
from diffgem_lsp.privacy.shapes import begun, shapes
from diffgem_lsp.privacy.spans import Span, joined
from diffgem_lsp.privacy.words import HINTS, NAME, is_firm

KNOWN = 16_384  # lines that are remembered: those of some twenty windows
LONGEST_KNOWN = 1_000  # characters of one
KNOWN_LONG = 64  # longer ones, such as all of a file of data


class After(Enum):
    """What a line makes of those that follow it."""

    NOTHING = auto()
    VALUE = auto()  # the next one has the value
    TOKEN = auto()  # the same, if it looks like one
    BLOCK = auto()  # what is indented further is the value
    KEY = auto()  # the rest of a private key


@frozen
class Look:
    """What there is to see in a line: `spans` are in order and apart."""

    spans: tuple[Span, ...] = ()
    after: After = After.NOTHING


PLAIN = Look()  # nothing to see
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY")
_BODY = re.compile(r"(?:[A-Za-z0-9+/=]|\\[nr]){16,}")
_LONG = re.compile(  # as of keys, certificates and images; not of hashes
    r"(?<![A-Za-z0-9+/])(?<!sha256-)(?<!sha384-)(?<!sha512-)(?:[A-Za-z0-9+/]|\\[nr]){56,}={0,2}"
)
_ALL_BODY = re.compile(r"[\s\"'+]*+(?:[A-Za-z0-9+/=]|\\[nr]){56,}+[\s\"'+,;)]*+")
_HASH = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_OPEN = re.compile(
    rf"(?i)(?P<name>{NAME})[\"'`]?[\])]*\s*+(?::\s*+[\w.\[\]| ]{{1,40}})?"
    r"(?:=>?|:=?)\s*+[(\[]?\s*+\\?$"
)
_OPEN_PAIR = re.compile(  # `- name: DB_PASSWORD`, with its value on the line below
    rf"(?i)^\s*+-?\s*+[\"']?(?:name|key)[\"']?\s*[:=]\s*[\"']?[\w.\-]*?(?P<name>{NAME})[\"']?\s*,?\s*$"
)
_OPEN_BLOCK = re.compile(rf"(?i){NAME}[\"']?\s*:\s*[|>][+-]?\d?\s*$")


def look(line: str) -> Look:
    """At a line that nobody is typing in."""
    return known(line) if len(line) <= LONGEST_KNOWN else _known_long(line)


@lru_cache(maxsize=KNOWN)
def known(line: str) -> Look:
    return _look(line, -1)


@lru_cache(maxsize=KNOWN_LONG)
def _known_long(line: str) -> Look:
    return _look(line, -1)


def look_closely(line: str, cursor: int) -> Look:
    """At the line that is being typed in, where half of a secret is one as well."""
    return _look(line, cursor)


def _look(line: str, cursor: int) -> Look:
    spans = [*shapes(line), *assigned(line, cursor)]
    if cursor >= 0:
        spans += [(start, end) for start, end in begun(line) if start <= cursor <= end]
    key = _BEGIN.search(line)
    if key is not None:
        spans += [each.span() for each in _BODY.finditer(line, key.end())]
    elif len(line) >= 56:
        spans += [each.span() for each in _LONG.finditer(line) if _is_encoded(each)]
    is_body = bool(spans) and _ALL_BODY.fullmatch(line) is not None
    begins = (key is not None or is_body) and not _END.search(line)
    after = After.KEY if begins else _after(line)
    return Look(joined(spans), after) if spans or after is not After.NOTHING else PLAIN


def _is_encoded(found: re.Match[str]) -> bool:
    word = found.string[: found.start()].rpartition(" ")[2]
    return looks_drawn(found[0][:100]) and not _HASH.fullmatch(found[0]) and "://" not in word


def _after(line: str) -> After:
    lower = line.lower()
    if not any(hint in lower for hint in HINTS):
        return After.NOTHING
    if _OPEN_BLOCK.search(line):
        return After.BLOCK
    found = _OPEN.search(line) or _OPEN_PAIR.match(line)
    if found is None:
        return After.NOTHING
    return After.VALUE if is_firm(found["name"]) else After.TOKEN
