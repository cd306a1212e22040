"""Syntax trees kept across edits.  Bytes stay inside of them; offsets are code points."""

from functools import cached_property

from tree_sitter import Node, Tree

from diffgem_lsp.syntax.grammars import parser_for
from diffgem_lsp.syntax.horizons import floor, horizon, lasts
from diffgem_lsp.syntax.parses import Parses
from diffgem_lsp.syntax.patience import Patience
from diffgem_lsp.syntax.utf8 import Utf8, encoded
from diffgem_lsp.text.lines import Lines

LARGEST = 1_000_000  # code points; a longer text, generated or minified, is not worth the parse


class SyntaxTree:
    """Of one text between the floor and the horizon of a place in it, the cursor; parsed when first
    asked for.

    Immutable: an edit, or another place, gives another one.  Places outside may be asked about, at
    the cost of another parse.
    """

    def __init__(
        self,
        language_id: str,
        parses: Parses,
        offset: int,
        horizon: int | None = None,
        floor: int | None = None,
    ) -> None:
        """`horizon` and `floor` are those of `offset`, where they are known."""
        self.language_id = language_id
        self._parses = parses
        self._line = parses.text.lines.line_of(offset)
        self._horizon, self._floor = horizon, floor

    @classmethod
    def of(cls, language_id: str, lines: Lines, offset: int = 0) -> "SyntaxTree | None":
        """None for a language without a grammar, and for a text that is too long."""
        parser = parser_for(language_id)
        if parser is None or len(lines.text) > LARGEST:
            return None
        return cls(language_id, Parses(parser, Utf8.of(lines), Patience()), offset)

    @property
    def is_given_up(self) -> bool:
        """A text of this document took too long to parse: its trees are empty from now on."""
        return self._parses.patience.is_over

    def at(self, offset: int) -> "SyntaxTree":
        """Of the same text, around `offset`."""
        line = self.lines.line_of(offset)
        if line == self._line:
            return self
        floor = self._floor_for(self.lines.start(line))
        return SyntaxTree(self.language_id, self._parses, offset, floor=floor)

    def covering(self, start: int, end: int) -> "SyntaxTree":
        """A tree of the same text that holds `start..end`."""
        if self.floor <= start and end <= self.horizon:
            return self
        other = self if end <= self.horizon else self.at(end)
        if other.floor <= start:
            return other
        return SyntaxTree(self.language_id, self._parses, end, other.horizon, floor=0)

    def replaced(self, start: int, end: int, lines: Lines) -> "SyntaxTree":
        """The tree of `lines`, in which other text stands for `start..end` of this one.

        As far as the horizon of where that text ends: of text put in at the place of this one,
        the trees with and without it begin and end at the same characters.
        """
        text = self._text.replaced(start, end, lines)
        parses = self._parses.replaced(self.byte(start), self.byte(end), text)
        longer = len(lines.text) - len(self.lines.text)
        is_here = self.lines.line_of(end) == self._line
        known = self._horizon if is_here else None  # it follows from what follows the line
        horizon = known + longer if known is not None else None
        floor = self._floor if is_here else self._floor_for(start)
        if floor is not None and floor >= start > 0:
            floor = None  # it may be another after what was put in
        return SyntaxTree(self.language_id, parses, end + longer, horizon, floor)

    def anew(self, lines: Lines, offset: int) -> "SyntaxTree":
        """The tree of `lines`, which the same document holds now, and of which nothing is known."""
        return SyntaxTree(self.language_id, self._parses.anew(Utf8.of(lines)), offset)

    def _floor_for(self, start: int) -> int | None:
        """That of this tree, where it will do for what stands at `start`."""
        if self._floor is None or not lasts(self._floor, start):
            return None
        return self._floor

    @property
    def lines(self) -> Lines:
        return self._text.lines

    @property
    def data(self) -> bytes:
        """All of the text in UTF-8, what is beyond the horizon too."""
        return self._text.data

    @property
    def horizon(self) -> int:
        """Where this tree ends."""
        if self._horizon is None:
            self._horizon = horizon(self.lines, self._line, self.language_id)
        return self._horizon

    @property
    def floor(self) -> int:
        """Where this tree begins."""
        if self._floor is None:
            self._floor = floor(self.lines, self._line, self.language_id)
        return self._floor

    @cached_property
    def tree(self) -> Tree:
        return self._parses.between(self.byte(self.floor), self.byte(self.horizon))

    @property
    def root(self) -> Node:
        """A cut through open brackets leaves an error or two at its end."""
        return self.tree.root_node

    def root_with(self, offset: int, new: str) -> Node:
        """The root if `new` stood at `offset`, on the line that this tree is for."""
        floor, horizon, at = map(self.byte, (self.floor, self.horizon, offset))
        return self._parses.imagined(floor, horizon, at, encoded(new)).root_node

    def byte(self, offset: int) -> int:
        return self._text.byte(offset)

    def offset(self, byte: int) -> int:
        """A byte inside a character counts as the end of that character."""
        return self._text.offset(byte)

    def span(self, node: Node) -> tuple[int, int]:
        """Where `node` starts and ends, in code points."""
        return self.offset(node.start_byte), self.offset(node.end_byte)

    def size(self, node: Node) -> int:
        """In bytes, at no cost."""
        return node.end_byte - node.start_byte

    def text(self, node: Node) -> str:
        start, end = self.span(node)
        return self.lines.text[start:end]

    def line(self, node: Node) -> int:
        """The line on which `node` starts; tree-sitter's rows end at line feeds only."""
        if self.lines.lone_cr:
            return self.lines.line_of(self.offset(node.start_byte))
        return node.start_point.row

    def path(self, offset: int) -> list[Node]:
        """The nodes that hold the character before `offset`, the root first."""
        byte = self.byte(offset) - 1
        cursor = self.covering(max(0, offset - 1), offset).tree.walk()
        nodes: list[Node] = []
        while cursor.node is not None and cursor.node.start_byte <= byte < cursor.node.end_byte:
            nodes.append(cursor.node)
            if cursor.goto_first_child_for_byte(byte) is None:
                break
        return nodes

    @property
    def _text(self) -> Utf8:
        return self._parses.text
