"""An immutable view of a document: what every request works on."""

from functools import cached_property

from attrs import evolve, field, frozen
from lsprotocol.types import Position, Range

from diffgem_lsp.syntax.trees import LARGEST, SyntaxTree
from diffgem_lsp.text import positions
from diffgem_lsp.text.lines import Lines


@frozen(eq=False)
class Snapshot:
    """A document as it was, and a cursor in it; later edits do not reach it."""

    uri: str
    version: int
    revision: int  # ours: unlike the client's version it never repeats
    language_id: str
    lines: Lines = field(repr=False)  # no text in logs
    _tree: SyntaxTree | None = field(repr=False)
    offset: int = 0
    encoding: str = positions.UTF16

    @classmethod
    def of(cls, text: str, offset: int, language_id: str, uri: str = "") -> "Snapshot":
        """Of a text that no client has open."""
        lines = Lines.of(text)
        return cls(uri, 0, 0, language_id, lines, SyntaxTree.of(language_id, lines, offset), offset)

    @cached_property
    def tree(self) -> SyntaxTree | None:
        """As far as the horizon of `offset`; None as well once the text took too long to parse.

        A request in which that turns out goes on with an empty tree.
        """
        return self._tree if self._tree is not None and not self._tree.is_given_up else None

    @property
    def text(self) -> str:
        return self.lines.text

    @property
    def prefix(self) -> str:
        return self.text[: self.offset]

    @property
    def suffix(self) -> str:
        return self.text[self.offset :]

    @property
    def line_end(self) -> str:
        """That of the cursor's line, or of the one before; LF in a document of one line."""
        line = min(self.lines.line_of(self.offset), self.lines.count - 2)
        return self.text[self.lines.end(line) : self.lines.start(line + 1)] if line >= 0 else "\n"

    def at(self, offset: int) -> "Snapshot":
        tree = self._tree.at(offset) if self._tree is not None else None
        return evolve(self, offset=offset, tree=tree)

    def replaced(self, start: int, end: int, new: str, *, anew: bool = False) -> "Snapshot":
        """What the document would be with `new` for `start..end`, the cursor after `new`.

        Of the same version and revision: it is a thought, not an edit.  `anew`: parsed from
        nothing, which costs less than to edit the tree where many edits follow each other.
        """
        lines, offset = self.lines.replaced(start, end, new), start + len(new)
        if self._tree is None or len(lines.text) > LARGEST:
            tree = SyntaxTree.of(self.language_id, lines, offset)
        elif anew:
            tree = self._tree.anew(lines, offset)
        else:
            tree = self._tree.replaced(start, end, lines)
        return evolve(self, lines=lines, tree=tree, offset=offset)

    def offset_of(self, position: Position) -> int:
        return positions.offset_of(self.lines, position, self.encoding)

    def span_of(self, where: Range) -> tuple[int, int]:
        """Its ends in code points, the first one first."""
        start, end = sorted((self.offset_of(where.start), self.offset_of(where.end)))
        return start, end

    def position(self, offset: int) -> Position:
        return positions.position_of(self.lines, offset, self.encoding)
