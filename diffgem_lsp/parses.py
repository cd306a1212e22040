"""Incremental parses of the beginning of a text, as far as somebody wants to know."""

from tree_sitter import Parser, Tree

from diffgem_lsp.utf8 import Utf8


class Parses:
    """Of one text.  Each parse starts from the last one, of this text or of one before edits."""

    def __init__(self, parser: Parser, text: Utf8, tree: Tree | None = None, end: int = 0) -> None:
        """`tree`, if any, stands for `text.data[:end]`, but is not of it: an edit came between."""
        self.text = text
        self._parser = parser
        self._tree = tree
        self._end = end
        self._is_parsed = False

    def until(self, end: int) -> Tree:
        """The tree of `text.data[:end]`."""
        if self._tree is None or not self._is_parsed or self._end != end:
            self._tree = self._parse(end)
            self._end = end
            self._is_parsed = True
        return self._tree

    def replaced(self, start: int, end: int, text: Utf8) -> "Parses":
        """Of `text`, in which other text stands for the bytes `start..end` of this one."""
        if self._tree is None or start > self._end:
            return Parses(self._parser, text, self._tree, self._end)
        new_end = end + len(text.data) - len(self.text.data)
        last = min(end, self._end)
        tree = self._tree.copy()
        tree.edit(
            start,
            last,
            new_end,
            self.text.point(start),
            self.text.point(last),
            text.point(new_end),
        )
        return Parses(self._parser, text, tree, new_end + self._end - last)

    def _parse(self, end: int) -> Tree:
        data = self.text.data[:end]
        if self._tree is None:
            return self._parser.parse(data)
        return self._parser.parse(data, _cut(self._tree, self.text, self._end, end))


def _cut(tree: Tree, text: Utf8, was: int, end: int) -> Tree:
    """`tree`, which ends at byte `was` of `text`, shortened or lengthened to `end`."""
    if was == end:
        return tree
    kept = min(was, end)
    point, old, new = text.point(kept), text.point(was), text.point(end)
    moved: Tree = tree.copy()
    moved.edit(kept, was, end, point, old, new)
    return moved
