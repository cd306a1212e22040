"""Incremental parses of stretches of a text, as far as somebody wants to know."""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen
from tree_sitter import Parser, Point, Range, Tree

from diffgem_lsp.syntax.patience import Patience
from diffgem_lsp.syntax.utf8 import Utf8

_NEAR = 10_000  # bytes; so far a tree is rather lengthened than another one shortened


class Parses:
    """Of one text.  Each parse starts from an earlier one, of this text or of one before edits.

    The earlier one began at the same byte: kept are those of one place, and those from the text's
    start on.
    """

    def __init__(
        self,
        parser: Parser,
        text: Utf8,
        patience: Patience,
        bases: "Mapping[int, _Bases]" = MappingProxyType({}),
    ) -> None:
        """`bases` by where they begin."""
        self.text = text
        self.patience = patience
        self._parser = parser
        self._bases = bases
        self._last: tuple[int, _Base] | None = None  # of this very text

    def between(self, start: int, end: int) -> Tree:
        """The tree of `text.data[start:end]`; its places are those in all of the text."""
        if self._last is None or (self._last[0], self._last[1].end) != (start, end):
            base = _Base(self._parse(start, end), end)
            self._last = start, base
            kept = {at: bases for at, bases in self._bases.items() if at in (0, start)}
            self._bases = {**kept, start: _Bases.of(base, kept.get(start))}
        return self._last[1].tree

    def replaced(self, start: int, end: int, text: Utf8) -> "Parses":
        """Of `text`, in which other text stands for the bytes `start..end` of this one."""
        bases = {
            at: known.replaced(start, end, self.text, text)
            for at, known in self._bases.items()
            if at < start or at == 0
        }
        return Parses(self._parser, text, self.patience, bases)

    def anew(self, text: Utf8) -> "Parses":
        """Of another text of the same document, parsed from nothing."""
        return Parses(self._parser, text, self.patience)

    def imagined(self, start: int, end: int, at: int, new: bytes) -> Tree:
        """The tree of `start..end` if `new` stood at `at`; nothing of it is kept."""
        kept = memoryview(self.text.data)
        data = b"".join((kept[:at], new, kept[at:end]))
        place = self.text.point(at)
        rows, behind = new.count(b"\n"), len(new) - new.rfind(b"\n") - 1
        last = Point(place.row + rows, behind if rows else place.column + len(new))
        tree = self.between(start, end).copy()
        tree.edit(at, at, at + len(new), place, place, last)
        end_point = self.text.point(end)
        columns = end_point.column + (last.column - place.column) * (end_point.row == place.row)
        return self._read(data, start, len(data), Point(end_point.row + rows, columns), tree)

    def _parse(self, start: int, end: int) -> Tree:
        known = self._bases.get(start)
        old = known.near(end).cut(end, self.text).tree if known is not None else None
        data = self.text.data[:end] if start == 0 else self.text.data
        return self._read(data, start, end, self.text.point(end), old)

    def _read(self, data: bytes, start: int, end: int, last: Point, old: Tree | None) -> Tree:
        """`start..end` of `data`; `last` is the place of `end`."""
        if start == 0:
            return self.patience.parse(self._parser, data, end, old)
        self._parser.included_ranges = [Range(self.text.point(start), last, start, end)]
        try:
            return self.patience.parse(self._parser, data, end - start, old)
        finally:
            del self._parser.included_ranges  # others use the parser too


@frozen
class _Base:
    """A tree that stands for a text as far as the byte `end`, of which it may not be a parse."""

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

    def replaced(self, start: int, end: int, old: Utf8, new: Utf8) -> "_Bases":
        last = self.last.replaced(start, end, old, new)
        if self.longest is self.last:
            return _Bases(last, last)
        return _Bases(last, self.longest.replaced(start, end, old, new))

    def near(self, end: int) -> _Base:
        return self.last if end <= self.last.end + _NEAR else self.longest
