"""Syntax trees kept across edits.  Tree-sitter's UTF-8 bytes stay inside; offsets are code points.

Lone surrogates are three bytes each, which tree-sitter reads as characters that it does not know.
"""

from functools import cached_property

from tree_sitter import Node, Parser, Point, Tree

from diffgem_lsp.grammars import parser_for
from diffgem_lsp.lines import Lines

LARGEST = 1_000_000  # code points; a longer text, generated or minified, is not worth the parse
_CONTINUATION = bytes(range(0x80, 0xC0))


class SyntaxTree:
    """Of one text, parsed when first asked for; immutable, an edit gives another one."""

    def __init__(
        self,
        language_id: str,
        parser: Parser,
        lines: Lines,
        data: bytes,
        *,
        edited: Tree | None = None,
        anchor: tuple[int, int] = (0, 0),
    ) -> None:
        """`data` is the text in UTF-8, `edited` the tree to parse from, moved to this text.

        `anchor` is a known pair of offset and byte, from which others nearby are counted.
        """
        self.language_id = language_id
        self.lines = lines
        self.data = data
        self._parser = parser
        self._edited = edited
        self._anchor = anchor

    @classmethod
    def of(cls, language_id: str, lines: Lines) -> "SyntaxTree | None":
        """None for a language without a grammar, and for a text that is too long."""
        parser = parser_for(language_id)
        if parser is None or len(lines.text) > LARGEST:
            return None
        return cls(language_id, parser, lines, _encoded(lines.text))

    def replaced(self, start: int, end: int, lines: Lines) -> "SyntaxTree":
        """The tree of `lines`, in which other text stands for `start..end` of this one."""
        new_end = end + len(lines.text) - len(self.lines.text)
        new = _encoded(lines.text[start:new_end])
        first, last = self.byte(start), self.byte(end)
        data = self.data[:first] + new + self.data[last:]
        return SyntaxTree(
            self.language_id,
            self._parser,
            lines,
            data,
            edited=self._moved(data, start, first, last, first + len(new)),
            anchor=(start, first),
        )

    @cached_property
    def tree(self) -> Tree:
        if self._edited is None:
            return self._parser.parse(self.data)
        return self._parser.parse(self.data, self._edited)

    @property
    def root(self) -> Node:
        return self.tree.root_node

    def byte(self, offset: int) -> int:
        text = self.lines.text
        if text.isascii():
            return offset
        known, at = self._anchor
        if offset < known:
            return at - len(_encoded(text[offset:known]))
        return at + len(_encoded(text[known:offset]))

    def offset(self, byte: int) -> int:
        """A byte inside a character counts as the end of that character."""
        if self.lines.text.isascii():
            return byte
        known, at = self._anchor
        if byte < at:
            return known - _characters(self.data[byte:at])
        return known + _characters(self.data[at:byte])

    def line(self, node: Node) -> int:
        """The line on which `node` starts; tree-sitter's rows end at line feeds only."""
        if self.lines.lone_cr:
            return self.lines.line_of(self.offset(node.start_byte))
        return node.start_point.row

    def path(self, offset: int) -> list[Node]:
        """The nodes that hold the character before `offset`, the root first."""
        byte = self.byte(offset) - 1
        cursor = self.tree.walk()
        nodes: list[Node] = []
        while cursor.node is not None and cursor.node.start_byte <= byte < cursor.node.end_byte:
            nodes.append(cursor.node)
            if cursor.goto_first_child_for_byte(byte) is None:
                break
        return nodes

    def _moved(self, data: bytes, start: int, first: int, last: int, new_last: int) -> Tree | None:
        """What was parsed, or was to be parsed from, with its nodes moved to `data`."""
        known = self.__dict__.get("tree", self._edited)
        if known is None:
            return None
        row = self.lines.newlines_before(start)
        moved: Tree = known.copy()
        moved.edit(
            first,
            last,
            new_last,
            _point(self.data, row, first, first),
            _point(self.data, row, first, last),
            _point(data, row, first, new_last),
        )
        return moved


def _point(data: bytes, row: int, start: int, byte: int) -> Point:
    """The point of `byte`, given the `row` of `start` before it."""
    line_start = data.rfind(b"\n", 0, byte) + 1
    return Point(row + data.count(b"\n", start, byte), byte - line_start)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _characters(data: bytes) -> int:
    return len(data.translate(None, _CONTINUATION))
