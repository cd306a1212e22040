"""Incremental parses of the beginning of a text, as far as somebody wants to know."""

from attrs import frozen
from tree_sitter import Parser, Tree

from diffgem_lsp.syntax.utf8 import Utf8

_NEAR = 10_000  # bytes; so far a tree is rather lengthened than another one shortened


class Parses:
    """Of one text.  Each parse starts from an earlier one, of this text or of one before edits."""

    def __init__(self, parser: Parser, text: Utf8, bases: "_Bases | None" = None) -> None:
        self.text = text
        self._parser = parser
        self._bases = bases
        self._last: _Base | None = None  # of this very text

    def until(self, end: int) -> Tree:
        """The tree of `text.data[:end]`."""
        if self._last is None or self._last.end != end:
            self._last = _Base(self._parse(end), end)
            self._bases = _Bases.of(self._last, self._bases)
        return self._last.tree

    def replaced(self, start: int, end: int, text: Utf8) -> "Parses":
        """Of `text`, in which other text stands for the bytes `start..end` of this one."""
        if self._bases is None:
            return Parses(self._parser, text)
        last, longest = self._bases.last, self._bases.longest
        moved = last.replaced(start, end, self.text, text)
        other = moved if longest is last else longest.replaced(start, end, self.text, text)
        return Parses(self._parser, text, _Bases(moved, other))

    def _parse(self, end: int) -> Tree:
        data = self.text.data[:end]
        if self._bases is None:
            return self._parser.parse(data)
        return self._parser.parse(data, self._bases.near(end).cut(end, self.text).tree)


@frozen
class _Base:
    """A tree that stands for the first `end` bytes of a text, of which it may not be a parse."""

    tree: Tree
    end: int

    def cut(self, end: int, text: Utf8) -> "_Base":
        """Shortened or lengthened."""
        if end == self.end:
            return self
        kept = min(end, self.end)
        places = text.point(kept), text.point(self.end), text.point(end)
        tree: Tree = self.tree.copy()
        tree.edit(kept, self.end, end, *places)
        return _Base(tree, end)

    def replaced(self, start: int, end: int, old: Utf8, new: Utf8) -> "_Base":
        if start > self.end:
            return self
        last = min(end, self.end)
        new_last = end + len(new.data) - len(old.data)
        places = old.point(start), old.point(last), new.point(new_last)
        tree: Tree = self.tree.copy()
        tree.edit(start, last, new_last, *places)
        return _Base(tree, new_last + self.end - last)


@frozen
class _Bases:
    """What to parse from: after a jump back to where text was parsed before, the last is short."""

    last: _Base
    longest: _Base

    @classmethod
    def of(cls, last: _Base, before: "_Bases | None") -> "_Bases":
        if before is None or before.longest.end <= last.end:
            return cls(last, last)
        return cls(last, before.longest)

    def near(self, end: int) -> _Base:
        return self.last if end <= self.last.end + _NEAR else self.longest
