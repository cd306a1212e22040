"""Halves of surrogate pairs: JSON can carry them alone, and an edit can bring two together."""

import re

_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def is_high(char: str) -> bool:
    return "\ud800" <= char <= "\udbff"


def is_low(char: str) -> bool:
    return "\udc00" <= char <= "\udfff"


def join(text: str) -> str:
    """`text` with every two adjacent halves made the one code point that they stand for."""
    return text if text.isascii() else _PAIR.sub(_joined, text)


def halves(char: str) -> tuple[str, str]:
    """The two halves of an astral code point."""
    code = ord(char) - 0x10000
    return chr(0xD800 + (code >> 10)), chr(0xDC00 + (code & 0x3FF))


def widened(text: str, start: int, end: int, new: str) -> tuple[int, int, str]:
    """The edit that also joins the halves which it brings together, in `new` or around it."""
    if start > 0 and is_high(text[start - 1]):
        start -= 1
        new = text[start] + new
    if end < len(text) and is_low(text[end]):
        new += text[end]
        end += 1
    return start, end, join(new)


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
