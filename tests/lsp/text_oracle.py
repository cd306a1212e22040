"""A slow second opinion on text synchronization: a list of the client's own code units."""

from array import array

PIECES = (
    *"ab (\n",
    *"\r\n\t",
    "\r\n",
    "\f",
    "\v",
    "\x85",
    "\u2028",
    "é",
    "漢",
    "😀",
    "𐐀",
    "\ud83d",
    "\ude00",
)


def units_of(text: str, encoding: str) -> list[int]:
    if encoding == "utf-16":
        return array("H", text.encode("utf-16-le", "surrogatepass")).tolist()
    if encoding == "utf-8":
        return list(text.encode("utf-8", "surrogatepass"))
    return [ord(char) for char in text]


def text_of(units: list[int], encoding: str) -> str:
    """With the halves that became neighbours joined, as reading utf-16 does by itself."""
    if encoding == "utf-16":
        return array("H", units).tobytes().decode("utf-16-le", "surrogatepass")
    if encoding == "utf-8":
        text = bytes(units).decode("utf-8", "surrogatepass")
    else:
        text = "".join(map(chr, units))
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def line_starts(units: list[int]) -> list[int]:
    """In whatever units; \\r\\n ends one line, not two."""
    cr, lf = ord("\r"), ord("\n")
    return [0] + [
        at + 1
        for at, unit in enumerate(units)
        if unit == lf or (unit == cr and units[at + 1 : at + 2] != [lf])
    ]


def index_of(units: list[int], line: int, character: int, encoding: str) -> int:
    """Clamped to the end of the line and of the text; of utf-8, never inside a character."""
    starts = line_starts(units)
    if line >= len(starts):
        return len(units)
    end = starts[line + 1] if line + 1 < len(starts) else len(units)
    while end > starts[line] and units[end - 1] in (10, 13) and line + 1 < len(starts):
        end -= 1
    at = min(starts[line] + character, end)
    while encoding == "utf-8" and at < len(units) and 0x80 <= units[at] < 0xC0:
        at -= 1
    return at
