"""A text and its UTF-8: tree-sitter counts bytes, everything else code points.

Lone surrogates are three bytes each, which tree-sitter reads as characters that it does not know.
"""

from tree_sitter import Point

from diffgem_lsp.text.lines import Lines

_CONTINUATION = bytes(range(0x80, 0xC0))


class Utf8:
    """Immutable; an edit gives another one, and encodes no more than the new text."""

    def __init__(
        self, lines: Lines, data: bytes | None = None, anchor: tuple[int, int] = (0, 0)
    ) -> None:
        """`data` is the text of `lines`, where it is known.

        `anchor` is a known pair of offset and byte, from which others nearby are counted.
        """
        self.lines = lines
        self._data = data
        self._anchor = anchor

    @classmethod
    def of(cls, lines: Lines) -> "Utf8":
        return cls(lines)

    @property
    def data(self) -> bytes:
        if self._data is None:
            self._data = encoded(self.lines.text)
        return self._data

    def replaced(self, start: int, end: int, lines: Lines) -> "Utf8":
        """That of `lines`, in which other text stands for `start..end` of this one."""
        new = encoded(lines.text[start : end + len(lines.text) - len(self.lines.text)])
        first, last = self.byte(start), self.byte(end)
        kept = memoryview(self.data)  # its slices are no copies
        data = b"".join((kept[:first], new, kept[last:]))
        return Utf8(lines, data, (start, first))

    def byte(self, offset: int) -> int:
        text = self.lines.text
        if text.isascii():
            return offset
        known, at = self._anchor
        if offset < known:
            return at - len(encoded(text[offset:known]))
        return at + len(encoded(text[known:offset]))

    def offset(self, byte: int) -> int:
        """A byte inside a character counts as the end of that character."""
        if self.lines.text.isascii():
            return byte
        known, at = self._anchor
        if byte < at:
            return known - _characters(self.data[byte:at])
        return known + _characters(self.data[at:byte])

    def point(self, byte: int) -> Point:
        r"""Tree-sitter's: its rows end at \n only, its columns are bytes."""
        row = self.lines.newlines_before(self.offset(byte))
        return Point(row, byte - self.data.rfind(b"\n", 0, byte) - 1)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _characters(data: bytes) -> int:
    return len(data.translate(None, _CONTINUATION))
