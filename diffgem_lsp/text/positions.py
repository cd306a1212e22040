"""Client positions to code point offsets and back, in the encoding that was negotiated.

As clients do: past the end of a line means its end, before the line ending; past the last line
means the end of the text; inside a character means before it; a range may be back to front.
"""

from lsprotocol.types import Position, PositionEncodingKind, Range

from diffgem_lsp.text import surrogates
from diffgem_lsp.text.lines import Lines

UTF8 = PositionEncodingKind.Utf8
UTF16 = PositionEncodingKind.Utf16
UTF32 = PositionEncodingKind.Utf32


def offset_of(lines: Lines, position: Position, encoding: str) -> int:
    if position.line >= lines.count:
        return len(lines.text)
    text = lines.line_text(position.line)
    return lines.start(position.line) + _column(text, position.character, encoding)


def position_of(lines: Lines, offset: int, encoding: str) -> Position:
    r"""An offset between \r and \n, which has no position, gives the end of its line."""
    line = lines.line_of(offset)
    head = lines.text[lines.start(line) : min(offset, lines.end(line))]
    return Position(line, _units(head, encoding))


def edit_of(lines: Lines, where: Range, new: str, encoding: str) -> tuple[int, int, str]:
    """The edit as (start, end, new) in code points.

    A utf-16 client may keep half of a character: that half becomes a part of `new`.
    """
    first, last = sorted((where.start, where.end), key=_line_and_character)
    start, end = offset_of(lines, first, encoding), offset_of(lines, last, encoding)
    if _splits(lines, start, first, encoding):
        new = surrogates.halves(lines.text[start])[0] + new
    if _splits(lines, end, last, encoding):
        new += surrogates.halves(lines.text[end])[1]
        end += 1
    return start, end, new


def characters_of(text: str, units: int) -> int:
    """How many characters of `text` lie wholly within its first `units` of utf-16."""
    return len(text[:units]) if text.isascii() else _column_utf16(text, units)


def _line_and_character(position: Position) -> tuple[int, int]:
    return position.line, position.character


def _splits(lines: Lines, offset: int, position: Position, encoding: str) -> bool:
    """Whether `position`, which gave `offset`, is inside the surrogate pair that starts there."""
    astral = encoding == UTF16 and lines.text[offset : offset + 1] > "\uffff"
    return astral and position_of(lines, offset, encoding) != position


def _column(line: str, units: int, encoding: str) -> int:
    """How many code points of `line` lie wholly within its first `units` code units."""
    if line.isascii() or encoding == UTF32:
        return min(units, len(line))
    return _column_utf8(line, units) if encoding == UTF8 else _column_utf16(line, units)


def _column_utf8(line: str, units: int) -> int:
    data = line.encode("utf-8", "surrogatepass")
    while 0 < units < len(data) and data[units] & 0xC0 == 0x80:
        units -= 1
    return len(data[:units].decode("utf-8", "surrogatepass"))


def _column_utf16(line: str, units: int) -> int:
    data = line.encode("utf-16-le", "surrogatepass")
    head = data[: 2 * units].decode("utf-16-le", "surrogatepass")
    cut = head[-1:] != line[len(head) - 1 : len(head)]  # half of the last character
    return len(head) - 1 if cut else len(head)


def _units(text: str, encoding: str) -> int:
    if text.isascii() or encoding == UTF32:
        return len(text)
    if encoding == UTF8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
